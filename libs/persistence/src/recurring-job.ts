import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';

/**
 * Work on the database that an instance repeats. No run begins before the one before it has ended, and a shutdown
 * waits for the run that has begun, while the database is still open.
 */
export abstract class RecurringJob implements OnApplicationBootstrap, OnModuleDestroy {
  /** Aborted at a shutdown: a run ends after the step that it is at. */
  protected readonly shutdown = new AbortController();
  protected abstract readonly log: Logger;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isRequested = false;

  /**
   * @param intervalMs from the beginning of one run to the beginning of the next one. Milliseconds.
   * @param failureEvent the event that is logged, at level error, for a run that fails; the next one comes all the same
   */
  protected constructor(
    private readonly intervalMs: number,
    private readonly failureEvent: string,
  ) {}

  /** The start of the application does not wait for the first run. */
  onApplicationBootstrap(): void | Promise<void> {
    this.timer = setInterval(() => void this.start(), this.intervalMs).unref();
    void this.start();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.shutdown.abort();
    await this.running;
  }

  protected abstract run(): Promise<void>;

  /** Begins a run, unless one has begun already. Resolves at its end, and never rejects. */
  protected start(): Promise<void> {
    if (this.shutdown.signal.aborted) return Promise.resolve();
    this.running ??= this.runOnce().finally(() => (this.running = undefined));
    return this.running;
  }

  /** Has the job run from its beginning: now, or after the run that has begun. */
  request(): void {
    this.isRequested = true;
    void this.start();
  }

  /**
   * Repeats a step of a run until there is no more to do, or until a shutdown.
   *
   * @param most how much one step does: one that has done less was the last
   */
  protected async inSteps(most: number, step: () => Promise<number>): Promise<void> {
    for (let done = most; done === most;) {
      this.shutdown.signal.throwIfAborted();
      done = await step();
    }
  }

  private async runOnce(): Promise<void> {
    do {
      this.isRequested = false;
      await this.run().catch((err: unknown) => this.report(err));
    } while (this.isRequested && !this.shutdown.signal.aborted);
  }

  private report(err: unknown): void {
    if (err !== this.shutdown.signal.reason) this.log.error({ event: this.failureEvent, err });
  }
}
