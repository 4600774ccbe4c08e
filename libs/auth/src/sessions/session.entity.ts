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

/** How the session was authenticated (after RFC 8176); `device` stands for an anonymous account. */
export type AuthMethod = 'pwd' | 'otp' | 'recovery_code' | 'passkey' | 'device';

const SessionSchema = defineEntity({
  name: 'Session',
  tableName: 'sessions',
  properties: {
    id: p.uuid().primary(),
    account: () => p.manyToOne(Account),
    createdAt: p.datetime(3),
    /** The absolute end of the session, whatever its use (ASVS 5.0, 7.3.2). */
    expiresAt: p.datetime(3),
    /** Accurate to a minute. The session ends after SESSION_IDLE without use (ASVS 5.0, 7.3.1). */
    lastSeenAt: p.datetime(3),
    /** When a credential was last verified. */
    authenticatedAt: p.datetime(3),
    /** When a second factor was last verified. */
    secondFactorAt: p.datetime(3).nullable(),
    /** The methods of the sign-in and of the step-ups since, separated by spaces. */
    methods: p.text(),
    /** The known device of the account that the session belongs to. */
    knownDeviceId: p.uuid().nullable(),
    deviceName: p.text().nullable(),
    platform: p.text().nullable(),
    appVersion: p.text().nullable(),
    /**
     * The client address of the sign-in or the last renewal, masked: the account owner can still tell an unusual
     * network.
     */
    ip: p.text(),
    /** Thumbprint of the key that the tokens are bound to (RFC 9449 §6.1). */
    dpopKey: p.text().nullable(),
    /** Which it was opened in: those of earlier generations have ended (`SessionGenerationService`). */
    generation: p.integer(),
    revokedAt: p.datetime(3).nullable(),
    revokedBecause: p.text().$type<RevocationReason>().nullable(),
  },
});

/** One sign-in on one device: the family of all refresh tokens issued from it. */
export class Session extends SessionSchema.class {}
SessionSchema.setClass(Session);
