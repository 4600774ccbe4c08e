import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { fileOf } from './sqlite/sqlite-connection.js';
import type { SqliteFile } from './sqlite/sqlite-file.js';

/** What `PRAGMA user_version`, a number of the file that nothing else here uses, says about traces. */
const NOTHING_LEFT = 0;
const LEFT_IN_PAGES = 1;
const LEFT_IN_LOG = 2;

/** After a clean-up the next one waits for this many times as long as it took: nothing is written meanwhile. */
const REST_FACTOR = 100;

/** The longest that a busy database is kept from writing. What would take longer waits for a quiet moment. Milliseconds. */
const MAX_WRITE_PAUSE_MS = 250;

/** A quiet moment: how long nothing has been written. And the longest wait for one. Milliseconds. */
const QUIET_MS = 1_000;
const QUIET_WAIT_MS = 24 * 3_600_000;

/** How long a clean-up takes, until one was measured. Milliseconds for each byte of the file. */
const INITIAL_MS_PER_BYTE = 5 / 2 ** 20;

/**
 * What deleted rows leave behind in the file of an embedded database. `secure_delete` overwrites a deleted row, but
 * not the copies of it that lie between the rows of a page which was split, nor those in the write-ahead log. Both
 * go when the file is written anew. That this has to be done is stored in the file itself, in the transaction of the
 * deletion, so that a crash cannot lose it. PostgreSQL cleans up on its own (autovacuum).
 */
@Injectable()
export class SecureDeleteService implements OnModuleDestroy {
  private restUntil = 0;
  private rate = INITIAL_MS_PER_BYTE;
  /** Since when a clean-up waits for a quiet moment, and what looks for one. */
  private putOffAt: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** How many clean-ups this process has scheduled. */
  private scheduled = 0;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly em: EntityManager) {}

  /** Schedules a clean-up of what the transaction of `em` deletes, as part of that transaction. */
  async schedule(em: EntityManager): Promise<void> {
    if (!fileOf(em)) return;
    this.scheduled += 1;
    await note(em, LEFT_IN_PAGES);
  }

  /**
   * Runs what is scheduled, about 5 ms for each MB of the file, and resolves to whether nothing is left. Something is
   * left while the database has to rest or is busy, or another process reads the log or has locked the file: call it
   * again later. Runs follow one another; each does what was scheduled when it was called.
   */
  run(): Promise<boolean> {
    const wiped = this.last.then(() => this.runOnce());
    this.last = wiped.catch(() => undefined);
    return wiped;
  }

  onModuleDestroy(): void {
    clearTimeout(this.timer);
  }

  private async runOnce(): Promise<boolean> {
    const file = fileOf(this.em);
    if (!file) return true;
    const { scheduled } = this;
    const left = await file.pragma('user_version');
    if (left === NOTHING_LEFT) return true;
    if (left === LEFT_IN_PAGES) {
      if (performance.now() < this.restUntil) return false;
      if (!(await this.writeAnew(file))) return false;
      if (!(await this.lower(LEFT_IN_LOG, scheduled))) return false;
    }
    await file.checkpoint();
    return (await file.truncateLog()) && this.lower(NOTHING_LEFT, scheduled);
  }

  private async writeAnew(file: SqliteFile): Promise<boolean> {
    const pages = await file.pragma('page_count');
    const bytes = pages * (await file.pragma('page_size'));
    if (bytes * this.rate > MAX_WRITE_PAUSE_MS && !this.isQuiet(file)) return this.putOff();
    // Each time the log grows by a copy of the file. While a reader keeps it from shrinking, one copy is enough.
    if ((await file.checkpoint()) > pages) return false;
    const startedAt = performance.now();
    if (!(await file.vacuum())) return false;
    const took = performance.now() - startedAt;
    this.rate = took / bytes;
    this.restUntil = performance.now() + took * REST_FACTOR;
    this.putOffAt = undefined;
    return true;
  }

  private isQuiet(file: SqliteFile): boolean {
    this.putOffAt ??= performance.now();
    return file.quietFor() >= QUIET_MS || performance.now() - this.putOffAt > QUIET_WAIT_MS;
  }

  /** The next caller may just have written, so a timer looks for the quiet moment. */
  private putOff(): false {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.run().catch(() => undefined), QUIET_MS).unref();
    return false;
  }

  /**
   * Not if something was scheduled since. Only one transaction writes at a time, so another one has either scheduled
   * before the look at the file, and is covered by this run, or changes the count.
   */
  private async lower(mark: number, scheduled: number): Promise<boolean> {
    return this.em.fork().transactional(async (inner) => {
      if (this.scheduled !== scheduled) return false;
      await note(inner, mark);
      return true;
    });
  }
}

async function note(em: EntityManager, state: number): Promise<void> {
  await (em as SqlEntityManager).execute(`pragma user_version = ${state}`);
}
