import { type Addressee, howToUse, lines, type Mail } from '@app/mail';
import type { IssuedEmailToken } from '../../accounts/email/email-token.service.js';

/** Sent to verified addresses only, so the reader has chosen the username in it. */
export function resetMail(
  addressee: Addressee,
  username: string,
  issued: IssuedEmailToken,
  link: string | undefined,
): Mail {
  return {
    ...addressee,
    subject: 'Set a new password',
    text: lines(
      'A person, probably you, has requested a new password for the account',
      'of this name:',
      '',
      username,
      '',
      ...howToUse('To set one', 'reset-password', issued.token, link),
      '',
      'It works once, within 10 minutes. While it does, no other mail is sent.',
      'If it was not you, do nothing: your password stays as it is.',
    ),
    notAfter: issued.expiresAt,
  };
}
