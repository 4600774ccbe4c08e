import { defineEntity, p } from '@mikro-orm/core';

const TotpSecretSchema = defineEntity({
  name: 'TotpSecret',
  tableName: 'totp_secrets',
  properties: {
    accountId: p.uuid().primary(),
    /** Sealed by `SecretBox` for this account. */
    secret: p.text(),
    createdAt: p.datetime(3),
    /** Null until a code has shown that the authenticator app has the secret: till then it counts for nothing. */
    confirmedAt: p.datetime(3).nullable(),
    /** The time step of the last code that was accepted; only a later one is. */
    lastStep: p.integer(),
  },
});

/** The secret that an account shares with its authenticator app. */
export class TotpSecret extends TotpSecretSchema.class {}
TotpSecretSchema.setClass(TotpSecret);
