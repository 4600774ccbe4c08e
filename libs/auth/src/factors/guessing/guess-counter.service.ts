import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { GuessCounter } from './guess-counter.entity.js';

/** The first lock; each further failure doubles it. Milliseconds. */
const FIRST_LOCK_MS = 30_000;

/** The longest lock. Milliseconds. */
const LONGEST_LOCK_MS = 24 * 3_600_000;

/** The number of doublings after which LONGEST_LOCK_MS applies. */
const MAX_DOUBLINGS = 11;

/**
 * How long counters are kept after their last failure: a year if they have locked, so that slow guessing does not
 * restart at zero; a week otherwise, as most are of usernames without an account. Milliseconds.
 */
const LOCK_RETENTION_MS = 365 * 24 * 3_600_000;
const COUNTER_RETENTION_MS = 7 * 24 * 3_600_000;

/** The state of a counter. */
export interface Standing {
  readonly failures: number;
  /** Milliseconds since the epoch; 0 if not locked. */
  readonly lockedUntil: number;
}

interface StandingRow {
  readonly failures: number;
  readonly locked_until: number | string;
}

/** The counters in the database, so that all instances share them and they survive a restart. */
@Injectable()
export class GuessCounterService {
  constructor(private readonly em: EntityManager) {}

  async look(counterKey: string): Promise<Standing> {
    const [row] = await this.sql().execute<StandingRow[]>(
      'select failures, locked_until from guess_counters where counter_key = ?',
      [counterKey],
    );
    return row ? toStanding(row) : { failures: 0, lockedUntil: 0 };
  }

  async read(counterKeys: readonly string[]): Promise<GuessCounter[]> {
    return this.em.fork().find(GuessCounter, { counterKey: { $in: [...counterKeys] } });
  }

  /**
   * Counts a failure and locks from the `lockAfter`th on, in one statement, so that concurrent failures on several
   * instances all count.
   */
  async countFailure(counterKey: string, lockAfter: number): Promise<Standing> {
    const now = Date.now();
    const lock = lockOf('guess_counters.failures + 1', lockAfter, now);
    const [row] = await this.sql().execute<StandingRow[]>(
      `insert into guess_counters (counter_key, failures, locked_until, last_failed_at)
       values (?, 1, 0, ${now})
       on conflict (counter_key) do update
       set failures = guess_counters.failures + 1, locked_until = ${lock}, last_failed_at = ${now}
       returning failures, locked_until`,
      [counterKey],
    );
    return toStanding(row!);
  }

  async clear(...counterKeys: string[]): Promise<void> {
    await this.em.fork().nativeDelete(GuessCounter, { counterKey: { $in: counterKeys } });
  }

  async forgetOld(): Promise<void> {
    const now = Date.now();
    await this.em.fork().nativeDelete(GuessCounter, {
      $or: [
        { lockedUntil: 0, lastFailedAt: { $lt: now - COUNTER_RETENTION_MS } },
        { lastFailedAt: { $lt: now - LOCK_RETENTION_MS } },
      ],
    });
  }

  private sql(): SqlEntityManager {
    return this.em.fork() as SqlEntityManager;
  }
}

function toStanding({ failures, locked_until }: StandingRow): Standing {
  return { failures, lockedUntil: Number(locked_until) };
}

/** The end of the lock as an SQL expression of both databases. It contains no input of a client. */
function lockOf(failures: string, lockAfter: number, now: number): string {
  const beyond = `(${failures} - ${lockAfter})`;
  return `case when ${beyond} < 0 then 0
    when ${beyond} > ${MAX_DOUBLINGS} then ${now + LONGEST_LOCK_MS}
    else ${now} + ${FIRST_LOCK_MS} * (1 << ${beyond}) end`;
}
