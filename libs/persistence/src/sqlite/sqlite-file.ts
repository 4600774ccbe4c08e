import { queueLengths } from '@app/metrics';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { patiently } from '../waiting/database-patience.js';
import { SqliteFailure, SqliteThread, type SqliteResult } from './sqlite-thread.js';
import type { Step } from '../statements/statement.js';
import { tracedStatement } from '../statements/traced-statement.js';
import { WriteGroups } from './write-groups.js';
import { WriteQueue } from './write-queue.js';

/** The longest time that a statement waits for its turn and for other processes. Milliseconds. */
export const LOCK_WAIT_MS = 5_000;

/** How often a lock of another process is looked at again. Milliseconds. */
const RETRY_MS = 10;

/**
 * WAL with `synchronous=FULL`: what was answered survives a power loss, not only a killed process. What is deleted
 * is overwritten at once and not left in free pages; `SecureDeleteService` takes care of the rest. What a statement may
 * have to undo is kept in memory: SQLite would write copies of the pages to files elsewhere, one with most messages.
 */
const SET_UP = [
  'pragma journal_mode = WAL',
  'pragma synchronous = FULL',
  'pragma foreign_keys = ON',
  'pragma secure_delete = ON',
  'pragma temp_store = MEMORY',
];

/** A transaction that has the turn to write. */
export interface SqliteTransaction {
  run(sql: string, parameters: readonly unknown[]): Promise<SqliteResult>;
  /** @throws SqliteFailure if it is not through; it is to be rolled back then */
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/**
 * The file of the embedded database, and the threads that wait for it: one writes, in the order in which it was asked,
 * and one reads what is committed. Neither a lock of another process nor a long transaction is waited for on the
 * thread of the requests, and no reader waits for a writer.
 */
export class SqliteFile {
  private readonly reader: SqliteThread;
  private readonly writer: SqliteThread;
  /** For long work that must delay neither of them. */
  private readonly keeper: SqliteThread;
  private readonly queue = new WriteQueue();
  private readonly groups = new WriteGroups(this.queue, (scripts, patience) => {
    this.lastWriteAt = performance.now();
    return unlessLocked(patience, () => this.writer.runScripts(scripts));
  });
  private readonly forget = queueLengths.readFrom(() => [
    { labels: { queue: 'database_writes' }, value: this.queue.length },
  ]);
  private lastWriteAt = -Infinity;

  constructor(path: string) {
    // SQLite asks the environment for the folder: where people's words may lie, and where there is room.
    process.env.SQLITE_TMPDIR = dirname(path);
    this.reader = new SqliteThread({ path, setUp: [...SET_UP, 'pragma query_only = ON'] });
    this.writer = new SqliteThread({ path, setUp: SET_UP });
    this.keeper = new SqliteThread({ path, setUp: SET_UP });
    // Both at once, while the rest of the process starts.
    this.reader.warmUp();
    this.writer.warmUp();
  }

  /** One `select` outside of transactions. */
  read(sql: string, parameters: readonly unknown[] = []): Promise<SqliteResult> {
    return tracedStatement('sqlite', sql, () =>
      patiently(LOCK_WAIT_MS, (patience) =>
        unlessLocked(patience, () => this.reader.run(sql, parameters)),
      ),
    );
  }

  /** Any other statement outside of transactions. */
  write(sql: string, parameters: readonly unknown[] = []): Promise<SqliteResult> {
    return tracedStatement('sqlite', sql, () =>
      this.inTurn((patience) => {
        this.lastWriteAt = performance.now();
        return unlessLocked(patience, () => this.writer.run(sql, parameters));
      }),
    );
  }

  /** Several statements as one transaction, perhaps with others' in one commit. Returns what is missing for it. */
  writeTogether(steps: readonly Step[]): Promise<string | undefined> {
    return tracedStatement('sqlite', steps[0]?.sql ?? '', () =>
      patiently(LOCK_WAIT_MS, (patience) => this.groups.add(steps, patience)),
    );
  }

  /** Takes the lock to write at once: so it is here that another process is waited for, and nowhere later. */
  async begin(): Promise<SqliteTransaction> {
    return patiently(LOCK_WAIT_MS, async (patience) => {
      const until = performance.now() + patience;
      const endTurn = await this.queue.take(patience);
      try {
        await unlessLocked(until - performance.now(), () => this.writer.run('begin immediate'));
      } catch (error) {
        endTurn();
        throw error;
      }
      return {
        run: (sql, parameters) =>
          tracedStatement('sqlite', sql, () => this.writer.run(sql, parameters)),
        commit: async () => {
          await this.writer.run('commit');
          this.lastWriteAt = performance.now();
          endTurn();
        },
        rollback: () => this.writer.run('rollback').then(endTurn, endTurn),
      };
    });
  }

  /** One number about the file, read after all earlier statements. */
  async pragma(name: string): Promise<number> {
    const { rows } = await this.inTurn(() => this.writer.run(`pragma ${name}`));
    return Object.values(rows[0] as Record<string, number>)[0]!;
  }

  /** How long nothing has been written. Milliseconds. */
  quietFor(): number {
    return performance.now() - this.lastWriteAt;
  }

  /**
   * Rewrites the file. Readers continue meanwhile, writers wait.
   *
   * @returns false if another process holds the lock to write
   */
  vacuum(): Promise<boolean> {
    return this.inTurn(async () => {
      try {
        await this.withTemporaryFiles(() => this.writer.run('vacuum'));
        return true;
      } catch (error) {
        if (isLocked(error)) return false;
        throw error;
      }
    });
  }

  /** Does work for which the memory may be too small, such as making an index, with files beside the database. */
  async withTemporaryFiles(work: () => Promise<unknown>): Promise<void> {
    await this.writer.run('pragma temp_store = FILE');
    try {
      await work();
    } finally {
      await this.writer.run('pragma temp_store = MEMORY');
    }
  }

  /** Moves the log into the file as far as readers let it, beside everything else. Returns the pages that are left. */
  async checkpoint(): Promise<number> {
    const { rows } = await this.keeper.run('pragma wal_checkpoint(passive)');
    const { log, checkpointed } = rows[0] as { log: number; checkpointed: number };
    return log - checkpointed;
  }

  /** Truncates the log, unless it is still read. Does not wait: after a `checkpoint` there is little left to do. */
  truncateLog(): Promise<boolean> {
    return this.inTurn(async () => {
      const { rows } = await this.writer.run('pragma wal_checkpoint(truncate)');
      return (rows[0] as { busy: number }).busy === 0;
    });
  }

  async close(): Promise<void> {
    this.forget();
    await Promise.all([this.reader.close(), this.keeper.close()]);
    await this.writer.close();
  }

  private inTurn<T>(work: (patience: number) => Promise<T>): Promise<T> {
    return patiently(LOCK_WAIT_MS, async (patience) => {
      const until = performance.now() + patience;
      const endTurn = await this.queue.take(patience);
      try {
        return await work(until - performance.now());
      } finally {
        endTurn();
      }
    });
  }
}

/** Retries while another process holds a lock, without blocking other work. */
async function unlessLocked<T>(patience: number, attempt: () => Promise<T>): Promise<T> {
  const until = performance.now() + patience;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isLocked(error) || performance.now() >= until) throw error;
    }
    await setTimeout(RETRY_MS);
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof SqliteFailure && /^SQLITE_(BUSY|LOCKED)/.test(error.code ?? '');
}
