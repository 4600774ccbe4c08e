/**
 * Attempts whose outcome is not known yet. They count as failures for whoever comes meanwhile: a burst of guesses
 * must not get through before the first of them is written down. Each instance knows its own.
 */
export class AttemptsUnderWay {
  private readonly counts = new Map<string, number>();

  /**
   * Runs an attempt, which is under way until it has ended, however it ends. `earlier` tells how many were at that
   * moment, in the one step that adds this one.
   */
  async during<T>(key: string, attempt: (earlier: number) => Promise<T>): Promise<T> {
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

  /** Of how many things attempts are under way. */
  get size(): number {
    return this.counts.size;
  }
}
