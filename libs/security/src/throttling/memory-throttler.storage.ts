import type { OnApplicationShutdown } from '@nestjs/common';
import type { ThrottlerStorage } from '@nestjs/throttler';

/** What one increment tells; the names are those of the stock storage. Times in seconds. */
export interface ThrottlerRecord {
  totalHits: number;
  timeToExpire: number;
  isBlocked: boolean;
  timeToBlockExpire: number;
  /** Whether all instances have counted together, not this one by itself. */
  isShared: boolean;
}

/** Counters as the stock guard uses them, and a look at one that leaves it as it is. */
export interface LimitStorage extends ThrottlerStorage {
  increment(...what: Parameters<ThrottlerStorage['increment']>): Promise<ThrottlerRecord>;
  /** What a call would find that were counted now. */
  peek(key: string, ttl: number, limit: number): Promise<ThrottlerRecord>;
  /**
   * Forgets every counter whose key holds one of the texts, here and wherever else counters are shared.
   *
   * @throws if the shared ones cannot be reached: then some are left
   */
  forget(texts: readonly string[]): Promise<void>;
}

interface Window {
  hits: number;
  readonly endsAt: number;
}

/** The most counters that are kept. Beyond it the oldest go, so that made-up keys cannot fill the memory. */
const MOST_WINDOWS = 500_000;
const SWEEP_EVERY = 60_000;

/**
 * Counters of fixed windows in this process. One map entry a key and one timer in all: the stock storage arms a
 * timer for each hit and keeps every key for ever.
 */
export class MemoryThrottlerStorage implements LimitStorage, OnApplicationShutdown {
  private readonly windows = new Map<string, Window>();
  private readonly sweeper = setInterval(() => this.sweep(), SWEEP_EVERY).unref();

  constructor(private readonly now: () => number = Date.now) {}

  increment(key: string, ttl: number, limit: number): Promise<ThrottlerRecord> {
    const now = this.now();
    let window = this.windows.get(key);
    if (!window || window.endsAt <= now) {
      this.windows.delete(key);
      if (this.windows.size >= MOST_WINDOWS) this.dropOldest();
      window = { hits: 0, endsAt: now + ttl };
      this.windows.set(key, window);
    }
    window.hits += 1;
    return Promise.resolve(recordOf(window.hits, limit, window.endsAt - now));
  }

  peek(key: string, ttl: number, limit: number): Promise<ThrottlerRecord> {
    const now = this.now();
    const window = this.windows.get(key);
    const isOpen = window !== undefined && window.endsAt > now;
    return Promise.resolve(
      recordOf((isOpen ? window.hits : 0) + 1, limit, isOpen ? window.endsAt - now : ttl),
    );
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
      if (window.endsAt <= now) this.windows.delete(key);
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
