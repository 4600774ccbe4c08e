import { Injectable } from '@nestjs/common';
import type { NumberedPart } from './message-part.js';

/** What follows the log of a run. */
export interface RunWatcher {
  readonly runId: string;
  /** The number of the last part that it has sent. */
  readonly cursor: number;
  /** Whether it is woken where the run waits for the person, too. */
  readonly wantsPauses?: boolean;
  /** These parts are in the log now. */
  receive(parts: readonly NumberedPart[]): void;
  /** There is something to read: more of the log, or the end of the run. */
  wake(): void;
}

/** The watchers of runs in this process. */
@Injectable()
export class RunWatchers {
  private readonly byRun = new Map<string, Set<RunWatcher>>();

  add(watcher: RunWatcher): void {
    const of = this.byRun.get(watcher.runId) ?? new Set();
    this.byRun.set(watcher.runId, of.add(watcher));
  }

  remove(watcher: RunWatcher): void {
    const of = this.byRun.get(watcher.runId);
    of?.delete(watcher);
    if (of?.size === 0) this.byRun.delete(watcher.runId);
  }

  /** The runs that are watched. */
  runs(): string[] {
    return [...this.byRun.keys()];
  }

  /** The watchers of a run. */
  of(runId: string): Iterable<RunWatcher> {
    return this.byRun.get(runId) ?? [];
  }

  publish(runId: string, parts: readonly NumberedPart[]): void {
    for (const watcher of this.of(runId)) watcher.receive(parts);
  }

  wake(runId: string): void {
    for (const watcher of this.of(runId)) watcher.wake();
  }
}
