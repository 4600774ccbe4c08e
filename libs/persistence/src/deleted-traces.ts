import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Inject, Injectable } from '@nestjs/common';

/** What `PRAGMA user_version`, a number of the file's own that nothing else here uses, says about traces. */
const NONE = 0;
const IN_PAGES = 1;
const IN_LOG_ONLY = 2;

/** After a clean-up the next one waits for this many times as long as it took: the database serves nobody meanwhile. */
const REST = 100;

/**
 * What deleted rows leave behind in the file of an embedded database. `secure_delete` overwrites a deleted row, but
 * not the copies of it that lie between the rows of a page which was split, nor those in the write-ahead log. Both
 * go when the file is written anew. That it is owed is noted in the file itself, with the deletion, so that a crash
 * cannot lose it. PostgreSQL cleans up on its own (autovacuum), and its files are read by nobody else.
 */
@Injectable()
export class DeletedTraces {
  private restUntil = 0;
  /** How often something was owed in this process. */
  private debts = 0;
  private last: Promise<unknown> = Promise.resolve();

  constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

  /** Notes, as part of the transaction of `em`, that what it deletes must not be found in the file. */
  async owe(em: EntityManager): Promise<void> {
    if (!isEmbedded(em)) return;
    this.debts += 1;
    await note(em, IN_PAGES);
  }

  /**
   * Pays what is owed, about 5 ms for each MB of the file, and tells whether nothing is owed any more. It is while
   * the database has to rest, or somebody else reads the log: call it again later. One after the other: each pays
   * what was owed when it was called.
   */
  wipe(): Promise<boolean> {
    const wiped = this.last.then(() => this.pay());
    this.last = wiped.catch(() => undefined);
    return wiped;
  }

  private async pay(): Promise<boolean> {
    const em = this.em.fork();
    if (!isEmbedded(em)) return true;
    const { debts } = this;
    const [version] = await pragma(em, 'user_version');
    if (version?.user_version === NONE) return true;
    if (performance.now() < this.restUntil) return false;
    if (version?.user_version === IN_PAGES) {
      const startedAt = performance.now();
      await sql(em).execute('vacuum');
      const now = performance.now();
      this.restUntil = now + (now - startedAt) * REST;
      if (!(await this.lower(IN_LOG_ONLY, debts, em))) return false;
    }
    const [checkpoint] = await pragma(em, 'wal_checkpoint(truncate)');
    return checkpoint?.busy === 0 && this.lower(NONE, debts, em);
  }

  /**
   * Not if somebody else has deleted something since. A transaction has the only connection for itself, so one that
   * owes has either been counted before the look at the file, and is paid for, or it has not.
   */
  private async lower(mark: number, debts: number, em: EntityManager): Promise<boolean> {
    return em.transactional(async (inner) => {
      if (this.debts !== debts) return false;
      await note(inner, mark);
      return true;
    });
  }
}

async function note(em: EntityManager, state: number): Promise<void> {
  await sql(em).execute(`pragma user_version = ${state}`);
}

function pragma(em: EntityManager, text: string): Promise<Record<string, number>[]> {
  return sql(em).execute(`pragma ${text}`);
}

function isEmbedded(em: EntityManager): boolean {
  return em.getPlatform().constructor.name.startsWith('Sqlite');
}

function sql(em: EntityManager): SqlEntityManager {
  return em as SqlEntityManager;
}
