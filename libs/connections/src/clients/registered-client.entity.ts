import { defineEntity, p } from '@mikro-orm/core';

const RegisteredClientSchema = defineEntity({
  name: 'RegisteredClient',
  tableName: 'oauth_clients',
  properties: {
    issuer: p.text().primary(),
    redirectUri: p.text().primary(),
    /** An `OAuthClient`, sealed. */
    sealedClient: p.text(),
    createdAt: p.datetime(3),
    expiresAt: p.datetime(3).nullable(),
  },
});

/** A client that an authorization server has registered for this gateway, for all of its users. */
export class RegisteredClient extends RegisteredClientSchema.class {}
RegisteredClientSchema.setClass(RegisteredClient);
