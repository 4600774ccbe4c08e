import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';
import {
  type LimitStorage,
  MemoryThrottlerStorage,
  recordOf,
  type Soon,
  type ThrottlerRecord,
} from './memory-throttler.storage.js';
import { redisServer } from '../redis-server.js';
import { SLIDING_COUNTERS_SCRIPT, type SlidingCounters } from './sliding-counters.script.js';

/** The most keys of one script, during which Redis serves no other client. */
const MAX_KEYS_PER_SCRIPT = 64;

/** One counter that is asked for, until Redis has answered. */
interface Question {
  readonly what: 'count' | 'look' | 'release';
  readonly key: string;
  readonly ttl: number;
  readonly limit: number;
  readonly resolve: (answer: readonly [hits: number, left: number]) => void;
  readonly reject: (error: unknown) => void;
}

/** How all our keys begin in a database that others may use, too. */
const KEY_PREFIX = 'window:';

/** How many keys Redis looks at in one step, between which it serves others. */
const KEYS_PER_SCAN = 1_000;

/** How long a request waits for Redis before it is counted here, and for how long no other one waits then. Milliseconds. */
const ANSWER_TIMEOUT_MS = 250;
const PAUSE_MS = 2_000;

/** How long a connection may take to come up. Milliseconds. */
const CONNECT_TIMEOUT_MS = 2_000;

/** Commands in a row without an answer, after which the connection counts as dead and is replaced. */
const MAX_UNANSWERED_COMMANDS = 2;

/**
 * Refusals that another connection may not meet: the server behind this one is a replica now, has lost its primary, its
 * replicas or its cluster, or requires authentication again. After a failover the name resolves to another server, but only for
 * those who resolve it again. OOM, MISCONF, BUSY and LOADING are the state of the right server, and pass.
 */
const OF_THE_WRONG_SERVER = /\b(READONLY|MASTERDOWN|NOREPLICAS|CLUSTERDOWN|NOAUTH)\b/;

/** A counter that only tells whether Redis counts. */
const PROBE = { key: 'probe', ttl: 1_000 };

/**
 * Counters that all instances share. While Redis is away each instance counts on its own: the limits are then
 * looser by the number of instances, but no call goes uncounted and none fails for it.
 */
export class RedisThrottlerStorage
  implements LimitStorage, OnApplicationBootstrap, OnApplicationShutdown
{
  private readonly log = new Logger('Throttling');
  private readonly fallback = new MemoryThrottlerStorage();
  private readonly redis: Redis & SlidingCounters;
  private questions: Question[] = [];
  private reachable = true;
  private retryAt = 0;
  private unanswered = 0;
  private failedAtStart: unknown;
  private lastError: Error | undefined;

  constructor(url: string) {
    const redis = new Redis({
      ...redisServer(url),
      commandTimeout: ANSWER_TIMEOUT_MS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectOnError: (error) => OF_THE_WRONG_SERVER.test(error.message),
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      lazyConnect: true,
      retryStrategy: (attempt) => Math.min(attempt * 200, 2_000),
    });
    redis.defineCommand('slide', { lua: SLIDING_COUNTERS_SCRIPT });
    this.redis = redis as Redis & SlidingCounters;
    // Reported once a change of state by `report`; without a listener each error would be printed.
    this.redis.on('error', (error: Error) => (this.lastError = error));
  }

  /** Waits for the first connection; the gateway starts without one all the same. */
  async connect(): Promise<void> {
    await this.redis
      .connect()
      .catch((err: unknown) => (this.failedAtStart = this.lastError ?? err));
  }

  /** Not before: while the modules are made, the log is not there yet. */
  onApplicationBootstrap(): void {
    if (this.failedAtStart !== undefined && this.retryAt === 0) {
      this.report(false, this.failedAtStart);
    }
  }

  increment(key: string, ttl: number, limit: number): Promise<ThrottlerRecord> {
    return this.count(key, ttl, limit);
  }

  count(key: string, ttl: number, limit: number): Promise<ThrottlerRecord> {
    return this.ask('count', key, ttl, limit, () => this.fallback.count(key, ttl, limit));
  }

  peek(key: string, ttl: number, limit: number): Promise<ThrottlerRecord> {
    return this.ask('look', key, ttl, limit, () => this.fallback.peek(key, ttl, limit));
  }

  async release(key: string): Promise<void> {
    await this.ask('release', key, 0, 0, async () => {
      await this.fallback.release(key);
      return this.fallback.peek(key, 0, 0);
    });
  }

  async forget(texts: readonly string[]): Promise<void> {
    await this.fallback.forget(texts);
    // The keys are matched here: in a pattern of Redis some characters of a text would mean something else.
    let cursor = '0';
    do {
      const found = await this.redis.scan(
        cursor,
        'MATCH',
        `${KEY_PREFIX}*`,
        'COUNT',
        KEYS_PER_SCAN,
      );
      cursor = found[0];
      const keys = found[1].filter((key) => texts.some((text) => key.includes(text)));
      if (keys.length > 0) await this.redis.unlink(...keys);
    } while (cursor !== '0');
  }

  /** Whether it counts, which a replica or a full Redis does not, although either answers. */
  async isUp(): Promise<boolean> {
    return (await this.count(PROBE.key, PROBE.ttl, Infinity)).isShared;
  }

  onApplicationShutdown(): void {
    this.fallback.onApplicationShutdown();
    this.redis.disconnect();
  }

  private async ask(
    what: Question['what'],
    key: string,
    ttl: number,
    limit: number,
    otherwise: () => Soon<ThrottlerRecord>,
  ): Promise<ThrottlerRecord> {
    // Only what writes can tell that Redis counts again.
    const isOfNoUse = what !== 'count' && !this.reachable;
    if (isOfNoUse || performance.now() < this.retryAt) return otherwise();
    try {
      const most = Number.isFinite(limit) ? limit : Number.MAX_SAFE_INTEGER;
      const [hits, left] = await this.answerOf(what, key, ttl, most);
      this.unanswered = 0;
      this.report(true);
      return recordOf(hits, limit, left, true);
    } catch (err) {
      this.retryAt = performance.now() + PAUSE_MS;
      this.report(false, err);
      this.leaveDeadConnection(err);
      return otherwise();
    }
  }

  /** Whatever is asked in one turn of the event loop, by however many calls, goes to Redis as one command. */
  private answerOf(
    what: Question['what'],
    key: string,
    ttl: number,
    limit: number,
  ): Promise<readonly [hits: number, left: number]> {
    return new Promise((resolve, reject) => {
      if (this.questions.length === 0) setImmediate(() => this.askAll());
      this.questions.push({ what, key: KEY_PREFIX + key, ttl, limit, resolve, reject });
    });
  }

  private askAll(): void {
    const questions = this.questions;
    this.questions = [];
    for (let from = 0; from < questions.length; from += MAX_KEYS_PER_SCRIPT) {
      void this.askTogether(questions.slice(from, from + MAX_KEYS_PER_SCRIPT));
    }
  }

  private async askTogether(questions: readonly Question[]): Promise<void> {
    const keys = questions.map(({ key }) => key);
    const values = questions.flatMap(({ ttl, limit, what }) => [ttl, limit, what]);
    try {
      const answers = await this.redis.slide(keys.length, ...keys, ...values);
      questions.forEach(({ resolve }, at) => resolve([answers[at * 2]!, answers[at * 2 + 1]!]));
    } catch (error) {
      for (const { reject } of questions) reject(error);
    }
  }

  /** A server that hangs, or an address that leads nowhere any more, does not end the connection by itself. */
  private leaveDeadConnection(error: unknown): void {
    const isUnanswered = error instanceof Error && error.message === 'Command timed out';
    this.unanswered = isUnanswered ? this.unanswered + 1 : 0;
    if (this.unanswered < MAX_UNANSWERED_COMMANDS) return;
    this.unanswered = 0;
    if (this.redis.status === 'ready') this.redis.disconnect(true);
  }

  private report(reachable: boolean, err?: unknown): void {
    if (reachable === this.reachable) return;
    this.reachable = reachable;
    if (reachable) this.log.log({ event: 'redis.back' });
    else this.log.warn({ event: 'redis.away', err });
  }
}
