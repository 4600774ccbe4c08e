import { defineEntity, p } from '@mikro-orm/core';

const PasskeySchema = defineEntity({
  name: 'Passkey',
  tableName: 'passkeys',
  properties: {
    /** An id of the gateway: a credential id can be too long for a URI. */
    id: p.uuid().primary(),
    /** The credential id of the authenticator, in base64url. */
    credentialId: p.text(),
    accountId: p.uuid(),
    /** COSE public key in base64url. */
    publicKey: p.text(),
    /**
     * The signature counter, which increases with each use; always 0 for synchronized passkeys (WebAuthn L3 §6.1.1).
     */
    counter: p.bigint('number'),
    /** The transports of the authenticator, separated by spaces; a hint for the client. */
    transports: p.text(),
    /** The name that the owner gave it. */
    name: p.text(),
    /** The backup state: whether the platform keeps a copy. */
    backedUp: p.boolean(),
    createdAt: p.datetime(3),
    lastUsedAt: p.datetime(3).nullable(),
  },
});

/** A WebAuthn credential; the authenticator holds the private key. */
export class Passkey extends PasskeySchema.class {}
PasskeySchema.setClass(Passkey);
