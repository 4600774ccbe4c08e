import { defineEntity, p } from '@mikro-orm/core';

const GuessCounterSchema = defineEntity({
  name: 'GuessCounter',
  tableName: 'guess_counters',
  properties: {
    /** A keyed hash of the subject: the table reveals no username. */
    counterKey: p.text().primary(),
    /** Failures since the last success; attempts in flight are tracked in memory. */
    failures: p.integer(),
    /** Milliseconds since the epoch; 0 if not locked. */
    lockedUntil: p.bigint('number'),
    lastFailedAt: p.bigint('number'),
  },
});

/**
 * Consecutive failures at one kind of credential of an account: from unknown devices, from a known device, or signed
 * in.
 */
export class GuessCounter extends GuessCounterSchema.class {}
GuessCounterSchema.setClass(GuessCounter);
