import { type Addressee, lines, type Mail } from '@app/mail';
import type { NoticeKind } from './security-notice.entity.js';

/** A security event, with the masked client address. */
export interface Happening {
  readonly kind: NoticeKind;
  readonly occurredAt: Date;
  readonly maskedIp?: string;
}

const WORDS: Readonly<Record<NoticeKind, readonly string[]>> = {
  new_device: ['Somebody has signed in to your account on a new device.'],
  account_locked: [
    'There were many failed attempts to get into your account.',
    'The device that made them must wait before the next attempt.',
  ],
  refresh_token_reused: [
    'A key of one of your signed-in devices was used twice. Another person',
    'may have it.',
    'That device was signed out.',
  ],
  password_changed: [
    'The password of your account was changed.',
    'All other devices were signed out.',
  ],
  password_reset: [
    'The password of your account was set anew by mail.',
    'All devices were signed out. Passkeys, an authenticator app and recovery',
    'codes were not changed and open the account as before: check them in the',
    'app, and remove what you have not set up yourself.',
  ],
  second_factor_on: ['An authenticator app was set up for your account.'],
  second_factor_off: ['The authenticator app of your account was switched off.'],
  second_factor_removed: [
    'The operator has removed the second factor of your account, at the request',
    'of a person who had lost it, probably you. All devices were signed out.',
  ],
  recovery_code_used: ['A recovery code of your account was used.'],
  recovery_codes_renewed: ['The recovery codes of your account were replaced.'],
  passkey_added: ['A passkey was added to your account.'],
  passkey_removed: ['A passkey was removed from your account.'],
  passkey_cloned: ['A passkey of your account seems to have been copied. It was refused.'],
  email_changed: ['The mail address of your account was changed.'],
  role_changed: ['An administrator has changed the rights of your account.'],
  signed_out_by_admin: ['An administrator has signed out your devices.'],
  deletion_requested: ['Your account is going to be erased with everything that it holds.'],
  deletion_cancelled: ['Your account is not going to be erased after all.'],
};

/**
 * Contains no text that the actor controls, such as the device name: a mail from this service must not carry an
 * attacker's words.
 */
export function noticeMail(addressee: Addressee, { kind, occurredAt, maskedIp }: Happening): Mail {
  return {
    ...addressee,
    subject: 'Something happened to your account',
    text: lines(
      ...WORDS[kind],
      '',
      `When: ${occurredAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
      ...(maskedIp ? [`From: ${maskedIp} (the last part is left out)`] : []),
      '',
      'If it was you, you need not do anything. If it was not, change your password',
      'in the app, which signs out all other devices.',
    ),
  };
}
