import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { v7 } from 'uuid';
import { ChatError } from '../chat.error.js';
import { PausableLimit } from '../engine/pausable-limit.js';
import { activeRuns } from './run-metrics.js';

/** Why a run is ended before its answer is complete. */
export class RunCancelled extends Error {
  override readonly name = 'RunCancelled';
}

/** A run that this process works on. */
export class ActiveRun {
  readonly startedAt = performance.now();
  private readonly limit: PausableLimit;
  private readonly end = Promise.withResolvers<void>();
  private readonly pause = Promise.withResolvers<undefined>();

  /** @param limitMs the time limit of its profile. Milliseconds. */
  constructor(limitMs: number) {
    this.limit = new PausableLimit(limitMs);
  }

  get signal(): AbortSignal {
    return this.limit.signal;
  }

  /** Resolves when it waits for the person in the middle of a call, for the first time. */
  get paused(): Promise<undefined> {
    return this.pause.promise;
  }

  get isCancelled(): boolean {
    return this.signal.reason instanceof RunCancelled;
  }

  /** Resolves when it has ended, however it did. */
  get ended(): Promise<void> {
    return this.end.promise;
  }

  cancel(): void {
    this.limit.giveUp(new RunCancelled());
  }

  /** Why it was stopped, unless it was cancelled or its time is over. */
  get stopped(): ChatError | undefined {
    return this.signal.reason instanceof ChatError ? this.signal.reason : undefined;
  }

  /** Has it fail with that. */
  stop(why: ChatError): void {
    this.limit.giveUp(why);
  }

  /** Tells that it waits for the person. */
  waits(): void {
    this.pause.resolve(undefined);
  }

  /** Its time stands still while the work waits for the person. */
  async whilePaused<T>(work: () => Promise<T>): Promise<T> {
    this.limit.pause();
    try {
      return await work();
    } finally {
      this.limit.resume();
    }
  }

  finish(): void {
    this.limit.end();
    this.end.resolve();
  }
}

/** The runs that this process works on. */
@Injectable()
export class ActiveRuns implements OnApplicationShutdown {
  /** What this process is called in the rows of its runs: another one at each start. */
  readonly instanceId = v7();
  /** Those that have ended without a word of it in the database: it could not be reached. */
  readonly unclosed = new Set<string>();
  private readonly runs = new Map<string, ActiveRun>();
  private readonly starts = new Set<Promise<void>>();
  private readonly forget = activeRuns.readFrom(() => [{ labels: {}, value: this.runs.size }]);

  onApplicationShutdown(): void {
    this.forget();
  }

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
