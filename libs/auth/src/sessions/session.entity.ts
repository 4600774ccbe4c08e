import { defineEntity, p } from '@mikro-orm/core';
import { Account } from '../accounts/account.entity.js';

export type RevocationReason =
  | 'logout'
  | 'ended_elsewhere'
  | 'logout_everywhere'
  | 'too_many_sessions'
  | 'refresh_token_reused'
  | 'upgraded'
  | 'replaced'
  | 'password_changed'
  | 'password_reset'
  | 'second_factor_changed'
  | 'disabled'
  | 'ended_by_admin'
  | 'deletion_requested'
  | 'erased';

/** How a person, or only their device, was recognized (after RFC 8176). */
export type AuthMethod = 'pwd' | 'otp' | 'recovery_code' | 'passkey' | 'device';

const SessionSchema = defineEntity({
  name: 'Session',
  tableName: 'sessions',
  properties: {
    id: p.uuid().primary(),
    account: () => p.manyToOne(Account),
    createdAt: p.datetime(3),
    /** When it ends however much it is used (ASVS 5.0, 7.3.2). */
    expiresAt: p.datetime(3),
    /** Within a minute; it ends when this is too long ago (ASVS 5.0, 7.3.1). */
    lastSeenAt: p.datetime(3),
    /** When its person last proved any credential. */
    authenticatedAt: p.datetime(3),
    /** When its person last proved a second factor. */
    secondFactorAt: p.datetime(3).nullable(),
    /** How its person was recognized: at the sign-in, and in step-ups since. With spaces between. */
    methods: p.text(),
    /** Which of the account's known devices it is on. */
    knownDeviceId: p.uuid().nullable(),
    deviceName: p.text().nullable(),
    platform: p.text().nullable(),
    appVersion: p.text().nullable(),
    /** Where it was opened or last renewed, masked: enough for its owner to tell home from abroad. */
    ip: p.text(),
    /** Thumbprint of the key that its tokens are bound to (RFC 9449 §6.1). */
    dpopKey: p.text().nullable(),
    revokedAt: p.datetime(3).nullable(),
    revokedBecause: p.text().$type<RevocationReason>().nullable(),
  },
});

/** One sign-in of one device: the family of all refresh tokens that descend from it. */
export class Session extends SessionSchema.class {}
SessionSchema.setClass(Session);
