import { SqliteFailure } from './sqlite-thread.js';

/** What one is told whose turn to write has not come in time. */
export function lateTurn(): SqliteFailure {
  return new SqliteFailure('database is locked: other writes take too long', 'SQLITE_BUSY');
}

interface Waiter {
  readonly grant: () => void;
}

/** Who writes next: one at a time, in the order in which they came. */
export class WriteQueue {
  private readonly waiting = new Set<Waiter>();
  private isTaken = false;

  /**
   * Resolves with what ends the turn.
   *
   * @param patience how long to wait for it. Milliseconds.
   * @throws SqliteFailure SQLITE_BUSY if it does not come by then
   */
  take(patience: number): Promise<() => void> {
    if (!this.isTaken) {
      this.isTaken = true;
      return Promise.resolve(this.turn());
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(waiter);
        reject(lateTurn());
      }, patience);
      const waiter: Waiter = {
        grant: () => {
          clearTimeout(timer);
          resolve(this.turn());
        },
      };
      this.waiting.add(waiter);
    });
  }

  /** How many wait. */
  get length(): number {
    return this.waiting.size;
  }

  private turn(): () => void {
    let hasEnded = false;
    return () => {
      if (hasEnded) return;
      hasEnded = true;
      const [next] = this.waiting;
      if (!next) {
        this.isTaken = false;
        return;
      }
      this.waiting.delete(next);
      next.grant();
    };
  }
}
