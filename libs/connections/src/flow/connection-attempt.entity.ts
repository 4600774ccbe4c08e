import { defineEntity, p } from '@mikro-orm/core';

/**
 * - `begun`: the person is asked
 * - `returned`: they are back, and the app has to confirm
 * - `confirming`: the code is being redeemed
 * - `confirmed`: it is a connection
 */
export type AttemptState = 'begun' | 'returned' | 'confirming' | 'confirmed';

const ConnectionAttemptSchema = defineEntity({
  name: 'ConnectionAttempt',
  tableName: 'connection_attempts',
  properties: {
    accountId: p.uuid().primary(),
    server: p.text().primary(),
    /** SHA-256 of what only the browser brings back. */
    stateHash: p.text(),
    state: p.text().$type<AttemptState>(),
    /** A `StoredAttempt`, sealed. */
    sealedData: p.text(),
    /** SHA-256 of what only the app sends, once the person is back. */
    codeHash: p.text().nullable(),
    wrongCodes: p.integer(),
    expiresAt: p.datetime(3),
  },
});

/** That a person is on the way to connect a server. One for each person and server. */
export class ConnectionAttempt extends ConnectionAttemptSchema.class {}
ConnectionAttemptSchema.setClass(ConnectionAttempt);
