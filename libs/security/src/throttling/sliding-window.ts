/** Hits that came close to each other, and are forgotten together. Milliseconds of the counting clock. */
interface Step {
  readonly from: number;
  to: number;
  hits: number;
}

/** A window is told apart into this many steps: so much of it at most a hit may be remembered for too long. */
export const STEPS_PER_WINDOW = 10;

/**
 * The hits of the last `ttl` milliseconds, wherever on the clock that window begins. Hits are gathered in steps of a
 * tenth of the window, and a step counts until its last hit is out of the window: so no window of that length holds
 * more than the limit, and the oldest hits of a step count a tenth longer than they had to.
 *
 * Hits beyond the limit are not stored, or a client that keeps trying would never be admitted again.
 */
export class SlidingWindow {
  private steps: Step[] = [];

  constructor(readonly ttl: number) {}

  /** Counts a hit if there is room below the limit. @returns what has been counted, this hit included either way */
  hit(now: number, limit: number): number {
    const total = this.look(now);
    if (total >= limit) return total + 1;
    const last = this.steps.at(-1);
    if (last && now - last.from < this.ttl / STEPS_PER_WINDOW) {
      last.to = Math.max(last.to, now);
      last.hits += 1;
    } else this.steps.push({ from: now, to: now, hits: 1 });
    return total + 1;
  }

  /** Takes the latest hit back. */
  release(): void {
    const last = this.steps.at(-1);
    if (last && (last.hits -= 1) === 0) this.steps.pop();
  }

  /** How many hits are in the window. */
  look(now: number): number {
    while (this.steps.length > 0 && this.steps[0]!.to + this.ttl <= now) this.steps.shift();
    let total = 0;
    for (const { hits } of this.steps) total += hits;
    return total;
  }

  /** In how many milliseconds the oldest hits leave the window, and there is room for as many. */
  untilRoom(now: number): number {
    return (this.steps[0]?.to ?? now) + this.ttl - now;
  }

  isOver(now: number): boolean {
    const last = this.steps.at(-1);
    return !last || last.to + this.ttl <= now;
  }
}
