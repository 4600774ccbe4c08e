import { SecurityError } from '@app/security';

/** The origin of a task, by which the queue schedules it. */
export interface Turn {
  /** The client address; an IPv6 site counts as one. */
  readonly address: string;
  /** Whether the call comes from a known device of the account. */
  readonly isKnown: boolean;
}

/** The turn of commands that run on the server; they have priority. */
export const OPERATOR: Turn = { address: 'operator', isKnown: true };

export interface TurnQueueOptions {
  /** The most running tasks, in total and per client address. */
  readonly slots: number;
  readonly slotsPerAddress: number;
  /** The most waiting tasks, in total and per client address. */
  readonly mostWaiting: number;
  readonly mostWaitingPerAddress: number;
}

interface Waiting {
  readonly turn: Turn;
  readonly start: () => void;
  readonly refuse: (error: Error) => void;
}

/** The waiting tasks by client address, in the order of the addresses' turns. */
type Lane = Map<string, Waiting[]>;

/** How many tasks of known devices run in a row while others wait. */
const KNOWN_IN_A_ROW = 3;

/** The weight of the latest task in the moving average of durations. */
const LATEST = 0.2;

/**
 * Schedules tasks round-robin by client address: however many tasks one address sends, another address waits for one of
 * them at most. Known devices have priority. The queue is bounded: when it is full, the address with the most waiting
 * tasks loses one to an address with fewer.
 */
export class TurnQueue {
  private readonly known: Lane = new Map();
  private readonly unknown: Lane = new Map();
  private readonly running = new Map<string, number>();
  private runningInAll = 0;
  private knownInARow = 0;
  /** The moving average of task durations. Milliseconds. */
  private duration = 250;

  constructor(private readonly options: TurnQueueOptions) {}

  /** @throws SecurityError `unavailable`, with the time to wait, if too many tasks wait */
  async run<Result>(turn: Turn, task: () => Promise<Result>): Promise<Result> {
    await this.wait(turn);
    const startedAt = performance.now();
    try {
      return await task();
    } finally {
      this.duration += LATEST * (performance.now() - startedAt - this.duration);
      this.leave(turn.address);
    }
  }

  /** The number of waiting tasks. */
  get waiting(): number {
    return sizeOf(this.known) + sizeOf(this.unknown);
  }

  private wait(turn: Turn): Promise<void> {
    const lane = turn.isKnown ? this.known : this.unknown;
    const ofAddress = lane.get(turn.address) ?? [];
    if (!this.mayRun(turn.address) && !this.hasRoomFor(turn, ofAddress.length))
      throw this.refusal();
    return new Promise((start, refuse) => {
      ofAddress.push({ turn, start, refuse });
      lane.set(turn.address, ofAddress);
      this.startNext();
    });
  }

  private mayRun(address: string): boolean {
    const ofAddress = this.running.get(address) ?? 0;
    return this.runningInAll < this.options.slots && ofAddress < this.options.slotsPerAddress;
  }

  private hasRoomFor(turn: Turn, waiting: number): boolean {
    if (waiting >= this.options.mostWaitingPerAddress) return false;
    if (this.waiting < this.options.mostWaiting) return true;
    return (
      this.giveWay(this.unknown, turn.isKnown ? 0 : waiting + 1) ||
      (turn.isKnown && this.giveWay(this.known, waiting + 1))
    );
  }

  /** Refuses the last task of the address with the most waiting tasks, if it has more than `moreThan`. */
  private giveWay(lane: Lane, moreThan: number): boolean {
    const longest = [...lane.values()].reduce<Waiting[]>(
      (most, queue) => (queue.length > most.length ? queue : most),
      [],
    );
    if (longest.length <= moreThan) return false;
    const last = longest.pop()!;
    if (longest.length === 0) lane.delete(last.turn.address);
    last.refuse(this.refusal());
    return true;
  }

  private startNext(): void {
    for (let next = this.takeNext(); next; next = this.takeNext()) {
      const { address, isKnown } = next.turn;
      this.knownInARow = isKnown ? this.knownInARow + 1 : 0;
      this.runningInAll += 1;
      this.running.set(address, (this.running.get(address) ?? 0) + 1);
      next.start();
    }
  }

  private takeNext(): Waiting | undefined {
    if (this.knownInARow < KNOWN_IN_A_ROW)
      return this.takeOf(this.known) ?? this.takeOf(this.unknown);
    return this.takeOf(this.unknown) ?? this.takeOf(this.known);
  }

  /** The next task of the lane that may run; its address moves to the end of the order. */
  private takeOf(lane: Lane): Waiting | undefined {
    for (const [address, queue] of lane) {
      if (!this.mayRun(address)) continue;
      const next = queue.shift()!;
      lane.delete(address);
      if (queue.length > 0) lane.set(address, queue);
      return next;
    }
    return undefined;
  }

  private leave(address: string): void {
    const left = this.running.get(address)! - 1;
    if (left > 0) this.running.set(address, left);
    else this.running.delete(address);
    this.runningInAll -= 1;
    this.startNext();
  }

  private refusal(): SecurityError {
    const wait = (this.waiting * this.duration) / this.options.slots / 1000;
    return new SecurityError('unavailable', 'Too many people are signing in. Try again soon.', {
      retryAfter: Math.max(1, Math.ceil(wait)),
    });
  }
}

function sizeOf(lane: Lane): number {
  return [...lane.values()].reduce((size, queue) => size + queue.length, 0);
}
