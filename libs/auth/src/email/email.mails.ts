import { appLink, type Mail } from '@app/mail';
import type { IssuedEmailToken } from './email-tokens.service.js';

/** No word of a user is in these: whoever names a foreign address must not choose what is written to it. */

/** Whose mail it is, and where it goes. */
export type Addressee = Pick<Mail, 'accountId' | 'to'>;

export function verifyMail(
  addressee: Addressee,
  issued: IssuedEmailToken,
  link: string | undefined,
): Mail {
  return {
    ...addressee,
    subject: 'Confirm your address',
    text: lines(
      'Somebody, most likely you, has named this address for an account.',
      '',
      ...howToUse('To confirm it', 'verify-email', issued.token, link),
      '',
      'It works once, within 24 hours.',
      'If it was not you, do nothing: an address is not used until it is confirmed.',
    ),
    notAfter: issued.expiresAt,
  };
}

/**
 * In place of the token, where the address belongs to an account already. The caller is told nothing of it, and the
 * mail is still theirs: it says nothing of the account that has the address.
 */
export function takenMail(addressee: Addressee): Mail {
  return {
    ...addressee,
    subject: 'Your address was named again',
    text: lines(
      'Somebody has named this address for an account. It belongs to another',
      'account already, and stays there.',
      '',
      'If it was you, sign in to that account. If you do not know its password,',
      'ask for a new one.',
      'If it was not you, you need not do anything.',
    ),
  };
}

/** To the address that was in use until now, which may be the only way in which its owner learns of it. */
export function formerAddressMail(addressee: Addressee, became: 'changed' | 'removed'): Mail {
  return {
    ...addressee,
    subject: 'The address of your account was changed',
    text: lines(
      became === 'changed'
        ? 'Your account has another mail address now. This one gets no more mails.'
        : 'This address was removed from your account, and gets no more mails.',
      '',
      'If it was not you, somebody else is signed in to your account. Change its',
      'password, which signs out all other devices, and set the address again.',
    ),
  };
}

/** With a link where the app has one, and with the bare token to be pasted; on lines of their own. */
export function howToUse(
  purpose: string,
  step: string,
  token: string,
  link: string | undefined,
): string[] {
  const paste = ['paste this into the app:', '', token];
  if (!link) return [`${purpose}, ${paste[0]}`, ...paste.slice(1)];
  return [`${purpose}, open:`, '', appLink(link, step, token), '', `Or ${paste[0]}`, '', token];
}

/** At most 76 characters each, so that a mail without a link needs no encoding and can be read as a file. */
export function lines(...text: string[]): string {
  return `${text.join('\n')}\n`;
}
