import { queueLengths } from '@app/metrics';
import type { Piscina } from 'piscina';
import { OPERATOR, type Turn, TurnQueue } from './turn-queue.js';

/** How long an idle thread is kept. Milliseconds. */
const IDLE_THREAD_MS = 60_000;

export interface ThreadsOptions {
  /** Name of the worker module in this folder, without its extension. */
  readonly worker: string;
  readonly most: number;
  /** The most waiting tasks, in total and per client address. Beyond these, tasks are refused instead of queued. */
  readonly mostWaiting: number;
  readonly mostWaitingPerAddress: number;
}

/** Tasks handed to each thread: the second waits at the worker, so that the worker never waits for the main thread. */
const TASKS_PER_THREAD = 2;

/** The upper bound of tasks that one client address has at the threads. */
const MOST_PER_ADDRESS = 8;

/** A thread pool for work that would block the event loop. It starts with the first task. */
export class Threads<Task, Result> {
  private pool: Promise<Piscina> | undefined;

  private readonly queue: TurnQueue;
  private readonly forget: () => void;

  constructor(private readonly options: ThreadsOptions) {
    const { most, mostWaiting, mostWaitingPerAddress } = options;
    this.queue = new TurnQueue({
      slots: Math.max(1, most) * TASKS_PER_THREAD,
      // One client address can occupy all threads, but the second place at each is left to others.
      slotsPerAddress: Math.min(Math.max(1, most), MOST_PER_ADDRESS),
      mostWaiting,
      mostWaitingPerAddress,
    });
    const labels = { queue: options.worker.replace('.worker', '') };
    this.forget = queueLengths.readFrom(() => [{ labels, value: this.queue.waiting }]);
  }

  /** @throws SecurityError `unavailable`, with the time to wait, if too many tasks wait */
  run(task: Task, turn: Turn = OPERATOR): Promise<Result> {
    return this.queue.run(turn, async () => {
      const pool = await (this.pool ??= this.started());
      return (await pool.run(task)) as Result;
    });
  }

  async stop(): Promise<void> {
    this.forget();
    await (await this.pool)?.destroy();
  }

  /** A pool that failed to start is not kept: the next task tries again. */
  private started(): Promise<Piscina> {
    return this.start().catch((error: unknown) => {
      this.pool = undefined;
      throw error;
    });
  }

  private async start(): Promise<Piscina> {
    const { Piscina: Pool } = await import('piscina');
    // When tests run from the sources, Node strips the types itself.
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    return new Pool({
      filename: new URL(`./${this.options.worker}.${ending}`, import.meta.url).href,
      minThreads: 0,
      maxThreads: this.options.most,
      idleTimeout: IDLE_THREAD_MS,
      concurrentTasksPerWorker: TASKS_PER_THREAD,
    });
  }
}
