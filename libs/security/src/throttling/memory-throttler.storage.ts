import type { OnApplicationShutdown } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { SlidingWindow } from './sliding-window.js';

/** What one increment tells; the names are those of the stock storage. Times in seconds. */
export interface ThrottlerRecord {
  /** The hits in the window, this one included, also if it was refused and is not kept. */
  totalHits: number;
  /** Until the oldest hits leave the window, and as many can come. */
  timeToExpire: number;
  isBlocked: boolean;
  timeToBlockExpire: number;
  /** Whether all instances have counted together, not this one by itself. */
  isShared: boolean;
}

/** What is there at once with counters in memory: a promise for each count takes longer than to count. */
export type Soon<T> = T | Promise<T>;

/** Counters as the stock guard uses them, and a look at one that leaves it as it is. */
export interface LimitStorage extends ThrottlerStorage {
  /** Counts a call, unless it is blocked: one that is refused does not put off the end of the refusals. */
  count(key: string, ttl: number, limit: number): Soon<ThrottlerRecord>;
  /** Takes back a call that was counted. */
  release(key: string): Promise<void>;
  /** What a call would find that were counted now. */
  peek(key: string, ttl: number, limit: number): Soon<ThrottlerRecord>;
  /**
   * Forgets every counter whose key holds one of the texts, here and wherever else counters are shared.
   *
   * @throws if the shared ones cannot be reached: then some are left
   */
  forget(texts: readonly string[]): Promise<void>;
}

/** The most counters that are kept. Beyond it the oldest go, so that made-up keys cannot fill the memory. */
const MAX_WINDOWS = 500_000;
const SWEEP_EVERY = 60_000;

/**
 * Counters of sliding windows in this process. One map entry a key and one timer in all: the stock storage arms a
 * timer for each hit and never drops a key.
 */
export class MemoryThrottlerStorage implements LimitStorage, OnApplicationShutdown {
  private readonly windows = new Map<string, SlidingWindow>();
  private readonly sweeper = setInterval(() => this.sweep(), SWEEP_EVERY).unref();

  constructor(private readonly now: () => number = Date.now) {}

  increment(key: string, ttl: number, limit: number): Promise<ThrottlerRecord> {
    return Promise.resolve(this.count(key, ttl, limit));
  }

  count(key: string, ttl: number, limit: number): ThrottlerRecord {
    const now = this.now();
    let window = this.windows.get(key);
    if (!window || window.isOver(now)) {
      this.windows.delete(key);
      if (this.windows.size >= MAX_WINDOWS) this.dropOldest();
      this.windows.set(key, (window = new SlidingWindow(ttl)));
    }
    return recordOf(window.hit(now, limit), limit, window.untilRoom(now));
  }

  release(key: string): Promise<void> {
    this.windows.get(key)?.release();
    return Promise.resolve();
  }

  peek(key: string, ttl: number, limit: number): ThrottlerRecord {
    const now = this.now();
    const window = this.windows.get(key) ?? new SlidingWindow(ttl);
    return recordOf(window.look(now) + 1, limit, window.untilRoom(now));
  }

  forget(texts: readonly string[]): Promise<void> {
    for (const key of this.windows.keys()) {
      if (texts.some((text) => key.includes(text))) this.windows.delete(key);
    }
    return Promise.resolve();
  }

  onApplicationShutdown(): void {
    clearInterval(this.sweeper);
  }

  /** How many counters are held now. */
  get size(): number {
    return this.windows.size;
  }

  sweep(): void {
    const now = this.now();
    for (const [key, window] of this.windows) {
      if (window.isOver(now)) this.windows.delete(key);
    }
  }

  private dropOldest(): void {
    const [oldest] = this.windows.keys();
    if (oldest !== undefined) this.windows.delete(oldest);
  }
}

export function recordOf(
  totalHits: number,
  limit: number,
  millisecondsLeft: number,
  isShared = false,
): ThrottlerRecord {
  const seconds = Math.max(1, Math.ceil(millisecondsLeft / 1000));
  const isBlocked = totalHits > limit;
  return {
    totalHits,
    timeToExpire: seconds,
    isBlocked,
    timeToBlockExpire: isBlocked ? seconds : 0,
    isShared,
  };
}
