import { defineEntity, p } from '@mikro-orm/core';

const IdempotencyKeySchema = defineEntity({
  name: 'IdempotencyKey',
  tableName: 'idempotency_keys',
  properties: {
    accountId: p.uuid().primary(),
    /** A digest of the key: a client may put anything into it. */
    keyDigest: p.text().primary(),
    /** A digest of the message that came with it first. */
    messageDigest: p.text(),
    runId: p.uuid(),
    createdAt: p.datetime(3),
  },
});

/** That a message came with a key, and the run that it began. */
export class IdempotencyKey extends IdempotencyKeySchema.class {}
IdempotencyKeySchema.setClass(IdempotencyKey);
