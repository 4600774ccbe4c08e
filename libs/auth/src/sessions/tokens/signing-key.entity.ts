import { defineEntity, p } from '@mikro-orm/core';

const SigningKeySchema = defineEntity({
  name: 'SigningKey',
  tableName: 'signing_keys',
  properties: {
    kid: p.text().primary(),
    /** Wrapped: see `wrapSecret`. */
    secret: p.text(),
    /** Ids of the environment's secrets that were revoked when this key was created, separated by spaces. */
    revokes: p.text(),
    createdAt: p.datetime(3),
    /** When the key stops verifying. Null for the signing key: at most one row has none. */
    retiresAt: p.datetime(3).nullable(),
  },
});

/** A secret that signs access tokens, or that signed tokens which are still accepted. */
export class SigningKey extends SigningKeySchema.class {}
SigningKeySchema.setClass(SigningKey);
