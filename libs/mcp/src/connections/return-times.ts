/** Bounds of what a caller is told. Seconds. */
const SOONEST_SECONDS = 1;
const LATEST_SECONDS = 300;

/** How long a slot takes to come free, before any has. Milliseconds. */
const FIRST_GUESS_MS = 1000;

/** How much the last interval counts in the average. */
const WEIGHT = 0.2;

/** Above this number of owners, expired entries are removed. */
const MANY_OWNERS = 1000;

/** When those who find no place should come back: each owner at a time of its own, at the pace at which slots come free. */
export class ReturnTimes {
  private intervalMs = FIRST_GUESS_MS;
  private servedAt: number | undefined;
  private lastTurnAt = 0;
  /** Who asks again before that time is told the same, and makes no other wait longer. */
  private readonly told = new Map<string, number>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** One that waited got its slot. */
  served(at = this.now()): void {
    if (this.servedAt !== undefined) {
      this.intervalMs += (at - this.servedAt - this.intervalMs) * WEIGHT;
    }
    this.servedAt = at;
  }

  /** None waits any more: what comes next tells nothing of the pace. */
  pause(): void {
    this.servedAt = undefined;
  }

  /** Seconds from now until those that wait, and those that were told before, have had their turns. */
  next(waiting: number, owner: string): number {
    const now = this.now();
    const before = this.told.get(owner);
    if (before !== undefined && before > now) return secondsUntil(before, now);
    this.lastTurnAt = Math.max(this.lastTurnAt, now + waiting * this.intervalMs) + this.intervalMs;
    const latest = now + LATEST_SECONDS * 1000;
    this.lastTurnAt = Math.min(this.lastTurnAt, latest);
    if (this.told.size >= MANY_OWNERS) this.forget(now);
    this.told.set(owner, this.lastTurnAt);
    return secondsUntil(this.lastTurnAt, now);
  }

  /** Seconds until so many turns are over, for one who waits behind its own calls alone. */
  after(turns: number): number {
    return secondsUntil(turns * this.intervalMs, 0);
  }

  private forget(now: number): void {
    for (const [owner, at] of this.told) if (at <= now) this.told.delete(owner);
  }
}

function secondsUntil(at: number, now: number): number {
  const seconds = Math.ceil((at - now) / 1000);
  return Math.min(Math.max(SOONEST_SECONDS, seconds), LATEST_SECONDS);
}
