import { SecurityError } from '@app/security';
import type { Piscina } from 'piscina';

/** Threads that stay when there is nothing to do, for as long. Milliseconds. */
const IDLE_FOR = 60_000;

export interface ThreadsOptions {
  /** Name of the module beside this one, without its ending. */
  readonly worker: string;
  readonly most: number;
  /** How many tasks may wait. A flood is turned away instead of queued up. */
  readonly mostWaiting: number;
}

/** A few threads for work that would block everything else. They start with the first task. */
export class Threads<Task, Result> {
  private pool: Promise<Piscina> | undefined;

  constructor(private readonly options: ThreadsOptions) {}

  /** @throws SecurityError `unavailable` if too many others wait */
  async run(task: Task): Promise<Result> {
    const pool = await (this.pool ??= this.started());
    if (pool.queueSize >= this.options.mostWaiting) {
      throw new SecurityError('unavailable', 'Too many people are signing in. Try again soon.');
    }
    return (await pool.run(task)) as Result;
  }

  async stop(): Promise<void> {
    await (await this.pool)?.destroy();
  }

  /** What has failed to start is not kept: the next task tries again. */
  private started(): Promise<Piscina> {
    return this.start().catch((error: unknown) => {
      this.pool = undefined;
      throw error;
    });
  }

  private async start(): Promise<Piscina> {
    const { Piscina: Pool } = await import('piscina');
    // From the sources, as tests run, Node strips the types itself.
    const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    return new Pool({
      filename: new URL(`./${this.options.worker}.${ending}`, import.meta.url).href,
      minThreads: 0,
      maxThreads: this.options.most,
      idleTimeout: IDLE_FOR,
      // The next task waits at its thread: whoever has come to an end need not wait for the thread of the requests.
      concurrentTasksPerWorker: 2,
    });
  }
}
