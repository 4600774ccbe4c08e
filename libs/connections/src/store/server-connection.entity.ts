import { defineEntity, p } from '@mikro-orm/core';

/**
 * - `connected`: its tokens are used, and renewed
 * - `needs_more`: the same, but the server wants a scope that it lacks
 * - `expired`: the person has to be asked again
 */
export type StoredState = 'connected' | 'needs_more' | 'expired';

const ServerConnectionSchema = defineEntity({
  name: 'ServerConnection',
  tableName: 'server_connections',
  properties: {
    /** Of what the person has allowed once: another time, or for another account, it is another one. */
    id: p.uuid().primary(),
    accountId: p.uuid(),
    /** See `connectionIdOf`. */
    server: p.text(),
    profileId: p.text(),
    serverName: p.text(),
    issuer: p.text(),
    resource: p.text(),
    /** Separated by spaces, as those below. */
    scope: p.text(),
    missingScope: p.text().nullable(),
    state: p.text().$type<StoredState>(),
    /** A `Grant`, sealed. */
    sealedGrant: p.text(),
    /** Counts the tokens: what has been read of an earlier one is not renewed. */
    version: p.integer(),
    connectedAt: p.datetime(3),
    /** When a call last asked for its token, to within an hour. Null: none has. */
    usedAt: p.datetime(3).nullable(),
    /** When the token is renewed. Null: when it is refused. */
    renewAt: p.datetime(3).nullable(),
    expiresAt: p.datetime(3).nullable(),
    /** Which renewal goes on, and until when no other one begins. */
    leaseId: p.uuid().nullable(),
    leaseUntil: p.datetime(3).nullable(),
    /** Since when no profile names the server. */
    orphanedAt: p.datetime(3).nullable(),
  },
});

/** What one person has allowed at one server. */
export class ServerConnection extends ServerConnectionSchema.class {}
ServerConnectionSchema.setClass(ServerConnection);
