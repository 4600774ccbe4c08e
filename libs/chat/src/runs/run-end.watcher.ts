import type { RunWatcher } from '../events/run-watchers.js';

/** Waits until a run ends or waits for the person, whichever process works on it. */
export class RunEndWatcher implements RunWatcher {
  /** Behind every part: of a log it wants none. */
  readonly cursor = Number.MAX_SAFE_INTEGER;
  readonly wantsPauses = true;
  private readonly call = Promise.withResolvers<void>();

  constructor(readonly runId: string) {}

  /** Resolves when that may be so. */
  get woken(): Promise<void> {
    return this.call.promise;
  }

  receive(): void {
    // Its answer is read as a whole, when it has one.
  }

  wake(): void {
    this.call.resolve();
  }
}
