import { Inject, Injectable } from '@nestjs/common';
import { getStorageToken } from '@nestjs/throttler';
import type { LimitStorage, ThrottlerRecord } from './memory-throttler.storage.js';

/** How often something has happened in the last window of time. */
export interface EventCount {
  readonly count: number;
  /** Until the oldest of them leave the window. Seconds. */
  readonly secondsLeft: number;
  /** Whether all instances have counted together: false without Redis, and while it is away. */
  readonly isShared: boolean;
}

/** Counts that are no limits of routes, kept where the limits are: over all instances with Redis, else in here. */
@Injectable()
export class EventCounters {
  constructor(@Inject(getStorageToken()) private readonly storage: LimitStorage) {}

  /** Counts one event; one beyond `most` is not kept, so that it delays no other. `window` in milliseconds. */
  async count(key: string, window: number, most = Infinity): Promise<EventCount> {
    const record = await this.storage.count(key, window, most);
    return eventCount(record, record.totalHits);
  }

  /** Takes the latest of the events back. */
  release(key: string): Promise<void> {
    return this.storage.release(key);
  }

  /** Forgets every count whose key holds one of the texts. @throws if the shared ones cannot be reached */
  forget(texts: readonly string[]): Promise<void> {
    return this.storage.forget(texts);
  }

  /** The same without counting. */
  async look(key: string, window: number): Promise<EventCount> {
    const record = await this.storage.peek(key, window, Infinity);
    return eventCount(record, record.totalHits - 1);
  }
}

function eventCount({ timeToExpire, isShared }: ThrottlerRecord, count: number): EventCount {
  return { count, secondsLeft: timeToExpire, isShared };
}
