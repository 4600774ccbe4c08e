import { type Addressee, howToUse, lines, type Mail } from '@app/mail';
import type { IssuedEmailToken } from './email-token.service.js';

/** These mails contain no text of a user: a caller who sets a foreign address must not control the content. */

export function verifyMail(
  addressee: Addressee,
  issued: IssuedEmailToken,
  link: string | undefined,
): Mail {
  return {
    ...addressee,
    subject: 'Confirm your address',
    text: lines(
      'A person, probably you, has entered this address for an account.',
      '',
      ...howToUse('To confirm it', 'verify-email', issued.token, link),
      '',
      'It works once, within 24 hours, on a device that is signed in to that',
      'account.',
      'If it was not you, do nothing: an address is not used until it is confirmed.',
    ),
    notAfter: issued.expiresAt,
  };
}

/**
 * Sent instead of the token if another account has the address. The caller does not learn that, and the mail reveals
 * nothing about that account.
 */
export function takenMail(addressee: Addressee): Mail {
  return {
    ...addressee,
    subject: 'Your address was named again',
    text: lines(
      'A person has entered this address for an account. It already belongs to',
      'another account, and was not changed.',
      '',
      'If it was you, sign in to that account. If you do not know its password,',
      'ask for a new one.',
      'If it was not you, you need not do anything.',
    ),
  };
}

/** Sent to the former address, which may be the only one that the account owner still reads. */
export function formerAddressMail(addressee: Addressee, became: 'changed' | 'removed'): Mail {
  return {
    ...addressee,
    subject: 'The address of your account was changed',
    text: lines(
      became === 'changed'
        ? 'Your account has another mail address now. This one gets no more mails.'
        : 'This address was removed from your account, and gets no more mails.',
      '',
      'If it was not you, another person is signed in to your account. Change its',
      'password, which signs out all other devices, and set the address again.',
    ),
  };
}
