import { defineEntity, p } from '@mikro-orm/core';

const SigningKeySchema = defineEntity({
  name: 'SigningKey',
  tableName: 'signing_keys',
  properties: {
    kid: p.text().primary(),
    /** Wrapped: see `wrapSecret`. */
    secret: p.text(),
    /** Ids of the secrets of the environment that verify nothing any more since this one was made; a space between. */
    revokes: p.text(),
    createdAt: p.datetime(3),
    /** From when on nothing that it signed is accepted. None for the one that signs: there is at most one such row. */
    retiresAt: p.datetime(3).nullable(),
  },
});

/** A secret that signs access tokens, or has signed some that are still accepted. */
export class SigningKey extends SigningKeySchema.class {}
SigningKeySchema.setClass(SigningKey);
