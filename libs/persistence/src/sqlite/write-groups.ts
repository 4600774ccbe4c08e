import type { Step } from '../statements/statement.js';
import { plainValue } from './bound-query.js';
import { SqliteFailure } from './sqlite-thread.js';
import type { ScriptOutcome, SqliteScript } from './sqlite.worker.js';
import { lateTurn, type WriteQueue } from './write-queue.js';

/** The most writes that share a commit: each waits for all of them. */
const MAX_WRITES_PER_GROUP = 16;

/** The longest wait for one turn of several. Milliseconds. */
const TURN_WAIT_MS = 1_000;

interface WaitingWrite {
  readonly script: SqliteScript;
  /** When its patience ends. */
  readonly until: number;
  readonly timer: NodeJS.Timeout;
  readonly resolve: (missing: string | undefined) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Writes that are asked for while another one is being committed share the next commit: what is synced to the disk for
 * one is synced for all. Each still happens, or fails, on its own.
 */
export class WriteGroups {
  private readonly waiting = new Set<WaitingWrite>();
  private isAtWork = false;

  /** @param commit runs the scripts in one transaction, and may wait so many milliseconds to begin it */
  constructor(
    private readonly queue: WriteQueue,
    private readonly commit: (
      scripts: readonly SqliteScript[],
      patience: number,
    ) => Promise<readonly ScriptOutcome[]>,
  ) {}

  /**
   * Resolves when the write is durable, or with what it misses.
   *
   * @param patience how long it may wait for its turn. Milliseconds.
   * @throws SqliteFailure
   */
  add(steps: readonly Step[], patience: number): Promise<string | undefined> {
    const script = steps.map(({ sql, values, needs }) => {
      return { sql, parameters: values.map(plainValue), needs };
    });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(write);
        reject(lateTurn());
      }, patience);
      const until = performance.now() + patience;
      const write: WaitingWrite = { script, until, timer, resolve, reject };
      this.waiting.add(write);
      if (!this.isAtWork) void this.work();
    });
  }

  private async work(): Promise<void> {
    this.isAtWork = true;
    while (this.waiting.size > 0) {
      // Without a turn the writes wait on, each for as long as it may.
      const endTurn = await this.queue.take(TURN_WAIT_MS).catch(() => undefined);
      if (!endTurn) continue;
      await this.commitNext();
      endTurn();
    }
    this.isAtWork = false;
  }

  private async commitNext(): Promise<void> {
    const group = [...this.waiting].slice(0, MAX_WRITES_PER_GROUP);
    if (group.length === 0) return;
    for (const write of group) {
      this.waiting.delete(write);
      clearTimeout(write.timer);
    }
    const patience = Math.max(...group.map(({ until }) => until)) - performance.now();
    try {
      const scripts = group.map(({ script }) => script);
      const outcomes = await this.commit(scripts, patience);
      for (const [index, { resolve, reject }] of group.entries()) {
        const { missing, error } = outcomes[index]!;
        if (error) reject(new SqliteFailure(error.message, error.code));
        else resolve(missing);
      }
    } catch (error) {
      for (const { reject } of group) reject(error as Error);
    }
  }
}
