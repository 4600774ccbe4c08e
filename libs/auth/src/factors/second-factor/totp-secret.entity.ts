import { defineEntity, p } from '@mikro-orm/core';

const TotpSecretSchema = defineEntity({
  name: 'TotpSecret',
  tableName: 'totp_secrets',
  properties: {
    accountId: p.uuid().primary(),
    /** Sealed by `SecretBoxService` for this account. */
    secret: p.text(),
    createdAt: p.datetime(3),
    /** Null until a code has proved that the authenticator app has the secret; until then it is not a factor. */
    confirmedAt: p.datetime(3).nullable(),
    /** The time step of the last accepted code; only later steps are accepted. */
    lastStep: p.integer(),
  },
});

/** The TOTP secret of an account. */
export class TotpSecret extends TotpSecretSchema.class {}
TotpSecretSchema.setClass(TotpSecret);
