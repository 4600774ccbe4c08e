import { Injectable } from '@nestjs/common';
import { v7 } from 'uuid';

/** Why a run is ended before its answer is complete. */
export class RunCancelled extends Error {
  override readonly name = 'RunCancelled';
}

/** A run that this process works on. */
export class ActiveRun {
  readonly startedAt = performance.now();
  private readonly abort = new AbortController();
  private readonly end = Promise.withResolvers<void>();
  private readonly timer: NodeJS.Timeout;

  /** @param limitMs the time limit of its profile. Milliseconds. */
  constructor(limitMs: number) {
    // Not `AbortSignal.timeout`: that one would go on to its end beside every run that has long been answered.
    this.timer = setTimeout(
      () => this.abort.abort(new DOMException('The run took too long.', 'TimeoutError')),
      limitMs,
    );
  }

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  get isCancelled(): boolean {
    return this.signal.reason instanceof RunCancelled;
  }

  /** Resolves when it has ended, however it did. */
  get ended(): Promise<void> {
    return this.end.promise;
  }

  cancel(): void {
    this.abort.abort(new RunCancelled());
  }

  finish(): void {
    clearTimeout(this.timer);
    this.end.resolve();
  }
}

/** The runs that this process works on. */
@Injectable()
export class ActiveRuns {
  /** What this process is called in the rows of its runs: another one at each start. */
  readonly instanceId = v7();
  /** Those that have ended without a word of it in the database: it could not be reached. */
  readonly unclosed = new Set<string>();
  private readonly runs = new Map<string, ActiveRun>();
  private readonly starts = new Set<Promise<void>>();

  /** Has `settled` wait for what may begin a run, from now on. */
  async starting<Result>(start: () => Promise<Result>): Promise<Result> {
    const end = Promise.withResolvers<void>();
    this.starts.add(end.promise);
    try {
      return await start();
    } finally {
      this.starts.delete(end.promise);
      end.resolve();
    }
  }

  add(runId: string, run: ActiveRun): void {
    this.runs.set(runId, run);
  }

  remove(runId: string): void {
    this.runs.get(runId)?.finish();
    this.runs.delete(runId);
  }

  get(runId: string): ActiveRun | undefined {
    return this.runs.get(runId);
  }

  /** Whether any of them began so long ago. Milliseconds. */
  hasOlderThan(ageMs: number): boolean {
    const [oldest] = this.runs.values();
    return oldest !== undefined && oldest.startedAt < performance.now() - ageMs;
  }

  /** Resolves when none goes on or starts. */
  async settled(): Promise<void> {
    while (this.runs.size + this.starts.size > 0) {
      await Promise.all([...this.starts, ...[...this.runs.values()].map(({ ended }) => ended)]);
    }
  }
}
