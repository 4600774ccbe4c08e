import { defineEntity, p } from '@mikro-orm/core';

/** The purpose of a challenge; it is valid for that purpose only. */
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
    /** SHA-256: the challenge has 256 bits of entropy, so a slow or salted hash is not needed. */
    challengeHash: p.text().primary(),
    purpose: p.text().$type<ChallengePurpose>(),
    /** Null if the response identifies the account. */
    accountId: p.uuid().nullable(),
    /** JSON, sealed by `SecretBoxService`: it can hold the token of a device. */
    data: p.text().nullable(),
    expiresAt: p.datetime(3),
  },
});

/** A pending authentication step: a sign-in that waits for its second factor, or a challenge for a passkey. */
export class AuthChallenge extends AuthChallengeSchema.class {}
AuthChallengeSchema.setClass(AuthChallenge);
