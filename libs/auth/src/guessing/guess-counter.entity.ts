import { defineEntity, p } from '@mikro-orm/core';

const GuessCounterSchema = defineEntity({
  name: 'GuessCounter',
  tableName: 'guess_counters',
  properties: {
    /** A keyed hash of what is guessed at: the table tells nobody's name. */
    counterKey: p.text().primary(),
    /** Failures since the last success; attempts whose outcome is not known yet are counted elsewhere. */
    failures: p.integer(),
    /** Milliseconds since the epoch; 0 where nothing is locked. */
    lockedUntil: p.bigint('number'),
    lastFailedAt: p.bigint('number'),
  },
});

/** Consecutive failures at one kind of credential of an account: from strangers, from a known device, or signed in on it. */
export class GuessCounter extends GuessCounterSchema.class {}
GuessCounterSchema.setClass(GuessCounter);
