/**
 * Divides the event loop among pieces of work that would otherwise follow each other at once, as after a commit that
 * many of them have waited for. Each turn of the loop has one of them, in the order in which they asked; in between the
 * loop accepts connections and serves what waits for nothing.
 */
export class LoopTurns {
  private readonly waiting: (() => void)[] = [];
  private isTaken = false;

  /** Resolves at the next turn that is free: at once where nothing else has asked. */
  async next(): Promise<void> {
    if (this.isTaken) return new Promise((resolve) => this.waiting.push(resolve));
    this.take();
    return undefined;
  }

  private take(): void {
    this.isTaken = true;
    setImmediate(() => {
      const first = this.waiting.shift();
      if (!first) this.isTaken = false;
      else {
        first();
        this.take();
      }
    });
  }
}
