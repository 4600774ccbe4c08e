/**
 * Attempts whose outcome is not known yet. They count as failures for later attempts, so that a burst of guesses cannot
 * pass before the first failure is stored. Each instance tracks its own.
 */
export class InFlightAttempts {
  private readonly counts = new Map<string, number>();

  /**
   * Runs an attempt and counts it as in flight until it settles. `earlier` is the number of attempts in flight before
   * it, read in the same step that adds it.
   */
  async track<T>(key: string, attempt: (earlier: number) => Promise<T>): Promise<T> {
    const earlier = this.counts.get(key) ?? 0;
    this.counts.set(key, earlier + 1);
    try {
      return await attempt(earlier);
    } finally {
      const left = this.counts.get(key)! - 1;
      if (left > 0) this.counts.set(key, left);
      else this.counts.delete(key);
    }
  }

  /** The number of keys with an attempt in flight. */
  get size(): number {
    return this.counts.size;
  }
}
