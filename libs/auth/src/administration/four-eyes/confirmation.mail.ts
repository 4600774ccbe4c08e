import { type Addressee, lines, type Mail } from '@app/mail';
import type { FourEyesAct } from '../settings/four-eyes-act.js';
import type { Confirmation } from './confirmation.entity.js';

const WORDS: Readonly<Record<FourEyesAct, string>> = {
  'grant-admin': 'the role admin for an account',
  'raise-limit': 'a rate limit above its configured value',
};

/**
 * Names neither the accounts nor the arguments: these are read where access to them is recorded, and not in a mail that
 * could be forged. It has no link, so that no one learns to sign in from such a mail.
 */
export function confirmationMail(
  addressee: Addressee,
  {
    id,
    act,
    requesterId,
    expiresAt,
  }: Pick<Confirmation, 'id' | 'act' | 'requesterId' | 'expiresAt'>,
): Mail {
  const requester = requesterId ? 'Another administrator' : 'A command on the server';
  return {
    ...addressee,
    subject: 'A request waits for a second administrator',
    text: lines(
      `${requester} has requested:`,
      '',
      WORDS[act],
      '',
      'It is done only if a second administrator confirms it. Before you do, ask',
      'the person who requested it, and compare what is requested:',
      '',
      'GET /api/admin/confirmations',
      id,
      '',
      `It ends by itself: ${expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    ),
    notAfter: expiresAt,
  };
}
