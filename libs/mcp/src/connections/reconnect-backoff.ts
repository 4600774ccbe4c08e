const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;

interface Failures {
  count: number;
  retryAt: number;
}

/** Remembers which connections failed to open, so that a dead server costs a refusal and not an attempt per call. */
export class ReconnectBackoff {
  private readonly failures = new Map<string, Failures>();

  constructor(private readonly now: () => number = Date.now) {}

  /** How many attempts in a row have failed. */
  count(key: string): number {
    return this.failures.get(key)?.count ?? 0;
  }

  /** Whether it is too early for the next attempt. */
  blocks(key: string): boolean {
    const entry = this.failures.get(key);
    return entry !== undefined && this.now() < entry.retryAt;
  }

  failed(key: string): void {
    const count = this.count(key) + 1;
    const delay = Math.min(FIRST_DELAY_MS * 2 ** (count - 1), LONGEST_DELAY_MS);
    this.failures.set(key, { count, retryAt: this.now() + delay });
  }

  succeeded(key: string): void {
    this.failures.delete(key);
  }

  /** Keys whose last attempt failed. */
  get size(): number {
    return this.failures.size;
  }

  /** Forgets keys that have not been tried for a while: each user and each changed secret has a key of its own. */
  prune(): void {
    for (const [key, { retryAt }] of this.failures) {
      if (this.now() > retryAt + 2 * LONGEST_DELAY_MS) this.failures.delete(key);
    }
  }
}
