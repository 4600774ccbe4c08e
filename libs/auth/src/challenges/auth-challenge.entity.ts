import { defineEntity, p } from '@mikro-orm/core';

/** What a challenge is for. One made for one purpose is unknown to all others. */
export type ChallengePurpose =
  | 'login'
  | 'passkey_registration'
  | 'passkey_sign_in'
  | 'passkey_second_factor'
  | 'passkey_step_up';

const AuthChallengeSchema = defineEntity({
  name: 'AuthChallenge',
  tableName: 'auth_challenges',
  properties: {
    /** SHA-256: the challenge has 256 bits of its own, so nothing slower or salted is needed. */
    challengeHash: p.text().primary(),
    purpose: p.text().$type<ChallengePurpose>(),
    /** Whom it is for; null where that is only known from the answer. */
    accountId: p.uuid().nullable(),
    /** JSON, sealed by `SecretBox`: it can hold the token of a device. */
    data: p.text().nullable(),
    expiresAt: p.datetime(3),
  },
});

/** A step that has been taken and waits for the next: a login without its second factor, a passkey to be asked. */
export class AuthChallenge extends AuthChallengeSchema.class {}
AuthChallengeSchema.setClass(AuthChallenge);
