/** A limit of time that stands still while it is paused, as often as it is. */
export class PausableLimit {
  private readonly abort = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private startedAt = 0;
  private leftMs: number;
  private pauses = 0;
  private isOver = false;

  constructor(private readonly limitMs: number) {
    this.leftMs = limitMs;
    this.run();
  }

  /** Aborted with a `TimeoutError` when the time is over. */
  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** Ends it for another reason. */
  giveUp(reason: Error): void {
    this.abort.abort(reason);
    this.end();
  }

  /** Begins again, as something has come. */
  extend(): void {
    this.leftMs = this.limitMs;
    if (this.timer) this.run();
  }

  pause(): void {
    this.pauses += 1;
    if (!this.timer) return;
    this.leftMs -= performance.now() - this.startedAt;
    this.stop();
  }

  resume(): void {
    this.pauses -= 1;
    if (this.pauses === 0 && !this.isOver) this.run();
  }

  end(): void {
    this.isOver = true;
    this.stop();
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private run(): void {
    this.stop();
    this.startedAt = performance.now();
    // Not `AbortSignal.timeout`: that one would go on to its end beside all that has long been done.
    this.timer = setTimeout(
      () => this.giveUp(new DOMException('This took too long.', 'TimeoutError')),
      Math.max(0, this.leftMs),
    );
  }
}
