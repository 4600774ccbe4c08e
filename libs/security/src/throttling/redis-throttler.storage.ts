import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import {
  type LimitStorage,
  MemoryThrottlerStorage,
  recordOf,
  type ThrottlerRecord,
} from './memory-throttler.storage.js';

/** Counts and reads the window's rest in one step: two commands would let a burst through between them. */
const COUNT = `
local hits = redis.call('incr', KEYS[1])
if hits == 1 then redis.call('pexpire', KEYS[1], ARGV[1]) end
local left = redis.call('pttl', KEYS[1])
if left < 0 then redis.call('pexpire', KEYS[1], ARGV[1]); left = tonumber(ARGV[1]) end
return { hits, left }`;

const LOOK = `
local left = redis.call('pttl', KEYS[1])
if left < 0 then return { 1, tonumber(ARGV[1]) } end
return { tonumber(redis.call('get', KEYS[1]) or 0) + 1, left }`;

/** How all our keys begin in a database that others may use, too. */
const PREFIX = 'limit:';

/** How many keys Redis looks at in one step, between which it serves others. */
const SCAN_STEP = 1_000;

/** How long a request waits for Redis before it is counted here, and for how long no other one waits then. Milliseconds. */
const PATIENCE = 250;
const PAUSE = 2_000;

/**
 * Counters that all instances share. While Redis is away each instance counts on its own: the limits are then
 * looser by the number of instances, but no call goes uncounted and none fails for it.
 */
export class RedisThrottlerStorage implements LimitStorage, OnApplicationShutdown {
  private readonly log = new Logger('Throttling');
  private readonly fallback = new MemoryThrottlerStorage();
  private readonly redis: Redis;
  private reachable = true;
  private retryAt = 0;

  constructor(url: string) {
    this.redis = new Redis(url, {
      commandTimeout: PATIENCE,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      lazyConnect: true,
      retryStrategy: (attempt) => Math.min(attempt * 200, 2_000),
    });
    // Reported once a change of state by `report`; without a listener each error would be printed.
    this.redis.on('error', () => undefined);
  }

  /** Waits for the first connection; the gateway starts without one all the same. */
  async connect(): Promise<void> {
    await this.redis.connect().catch((err: unknown) => this.report(false, err));
  }

  increment(key: string, ttl: number, limit: number): Promise<ThrottlerRecord> {
    return this.ask(COUNT, key, ttl, limit, () => this.fallback.increment(key, ttl, limit));
  }

  peek(key: string, ttl: number, limit: number): Promise<ThrottlerRecord> {
    return this.ask(LOOK, key, ttl, limit, () => this.fallback.peek(key, ttl, limit));
  }

  async forget(texts: readonly string[]): Promise<void> {
    await this.fallback.forget(texts);
    // The keys are matched here: in a pattern of Redis some characters of a text would mean something else.
    let cursor = '0';
    do {
      const found = await this.redis.scan(cursor, 'MATCH', `${PREFIX}*`, 'COUNT', SCAN_STEP);
      cursor = found[0];
      const keys = found[1].filter((key) => texts.some((text) => key.includes(text)));
      if (keys.length > 0) await this.redis.unlink(...keys);
    } while (cursor !== '0');
  }

  async isUp(): Promise<boolean> {
    return this.redis.ping().then(
      () => true,
      () => false,
    );
  }

  onApplicationShutdown(): void {
    this.fallback.onApplicationShutdown();
    this.redis.disconnect();
  }

  private async ask(
    script: string,
    key: string,
    ttl: number,
    limit: number,
    otherwise: () => Promise<ThrottlerRecord>,
  ): Promise<ThrottlerRecord> {
    if (performance.now() < this.retryAt) return otherwise();
    try {
      const answer = await this.redis.eval(script, 1, PREFIX + key, ttl);
      const [hits, left] = answer as [number, number];
      this.report(true);
      return recordOf(hits, limit, left, true);
    } catch (err) {
      this.retryAt = performance.now() + PAUSE;
      this.report(false, err);
      return otherwise();
    }
  }

  private report(reachable: boolean, err?: unknown): void {
    if (reachable === this.reachable) return;
    this.reachable = reachable;
    if (reachable) this.log.log({ event: 'redis.back' });
    else this.log.warn({ event: 'redis.away', err });
  }
}
