import { defineEntity, p } from '@mikro-orm/core';

const PasskeySchema = defineEntity({
  name: 'Passkey',
  tableName: 'passkeys',
  properties: {
    /** Ours: the credential's own id can be too long for an address. */
    id: p.uuid().primary(),
    /** Base64url, as the authenticator made it. */
    credentialId: p.text(),
    accountId: p.uuid(),
    /** COSE key in base64url. It verifies and signs nothing, so it need not be kept secret. */
    publicKey: p.text(),
    /** Of the authenticator, with each use higher; 0 for ever where passkeys are synchronized (WebAuthn L3 §6.1.1). */
    counter: p.bigint('number'),
    /** How the authenticator can be reached, with spaces between; a hint for the browser. */
    transports: p.text(),
    /** What its owner calls it. */
    name: p.text(),
    /** Whether a copy is kept by the phone's maker. */
    backedUp: p.boolean(),
    createdAt: p.datetime(3),
    lastUsedAt: p.datetime(3).nullable(),
  },
});

/** A credential of WebAuthn: a key pair, of which the phone keeps the private half. */
export class Passkey extends PasskeySchema.class {}
PasskeySchema.setClass(Passkey);
