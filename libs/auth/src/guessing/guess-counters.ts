import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Inject, Injectable } from '@nestjs/common';
import { GuessCounter } from './guess-counter.entity.js';

/** The first lock; each further failure doubles it. Milliseconds. */
const FIRST_LOCK = 30_000;

/** The longest lock. Milliseconds. */
const LONGEST_LOCK = 24 * 3_600_000;

/** Beyond this many doublings the longest lock holds. */
const DOUBLINGS = 11;

/**
 * When counters are forgotten, after their last failure: those that have locked after a year, so that who guesses
 * slowly does not begin at zero again; the many others, mostly of names that nobody has, after a week. Milliseconds.
 */
const LOCKS_FORGOTTEN_AFTER = 365 * 24 * 3_600_000;
const FORGOTTEN_AFTER = 7 * 24 * 3_600_000;

/** How an account's counter stands. */
export interface Standing {
  readonly failures: number;
  /** Milliseconds since the epoch; 0 where nothing is locked. */
  readonly lockedUntil: number;
}

interface StandingRow {
  readonly failures: number;
  readonly locked_until: number | string;
}

/** The counters in the database, so that all instances share them and a restart forgets nothing. */
@Injectable()
export class GuessCounters {
  constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

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

  /** Counts a failure and, from the `lockAfter`th on, locks: one statement, however many instances do it at once. */
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
        { lockedUntil: 0, lastFailedAt: { $lt: now - FORGOTTEN_AFTER } },
        { lastFailedAt: { $lt: now - LOCKS_FORGOTTEN_AFTER } },
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

/** Until when that many failures lock, as an expression of both databases. The numbers in it are ours. */
function lockOf(failures: string, lockAfter: number, now: number): string {
  const beyond = `(${failures} - ${lockAfter})`;
  return `case when ${beyond} < 0 then 0
    when ${beyond} > ${DOUBLINGS} then ${now + LONGEST_LOCK}
    else ${now} + ${FIRST_LOCK} * (1 << ${beyond}) end`;
}
