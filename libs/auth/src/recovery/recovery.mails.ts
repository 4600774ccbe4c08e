import type { Mail } from '@app/mail';
import { type Addressee, howToUse, lines } from '../email/email.mails.js';
import type { IssuedEmailToken } from '../email/email-tokens.service.js';

/** To a verified address only; so the name in it is one that its reader has chosen. */
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
      'Somebody, most likely you, has asked for a new password for the account',
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
