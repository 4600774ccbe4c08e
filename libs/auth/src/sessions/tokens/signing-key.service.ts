import { SecurityError } from '@app/security';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { KeyObject } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type KeyRing, keyRing } from './key-ring.js';
import { PrincipalCache } from './principal-cache.js';
import { SigningKey } from './signing-key.entity.js';
import { signingConfig } from './signing.config.js';

/**
 * The interval between reads of the keys, and the least interval between reads caused by an unknown key id.
 * Milliseconds.
 */
const READ_INTERVAL_MS = 1_000;

/** How long a row is kept after its key has retired: the clock of another instance may be behind. Milliseconds. */
const RETIRED_KEY_RETENTION_MS = 3_600_000;

/** Raw SQL, without hydrating entities: the result is unchanged nearly every time. */
const ALL_KEYS_SQL = 'select * from signing_keys order by kid';

/** The form of every `kid` this service issues. */
const KEY_ID = /^[\w-]{12}$/;

/**
 * The keys of access tokens, as this instance knows them: read again every second, so that a rotation reaches every
 * instance without messages between them. A token with an unknown key id waits for one more read.
 */
@Injectable()
export class SigningKeyService implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('SigningKeys');
  private timer: NodeJS.Timeout | undefined;
  private ring: KeyRing;
  /**
   * The table as last read, and the interval in which it yields the same ring. The lower bound covers a clock set back.
   */
  private seen: string | undefined;
  private since = Infinity;
  private until = 0;
  /** The rows in use at that time; the ring changes only when they do. */
  private known = '[]';
  private isReadable = true;
  private isReading = false;
  private askedAt = -Infinity;
  private look: Promise<void> | undefined;
  private reading: Promise<void> = Promise.resolve();

  constructor(
    private readonly em: EntityManager,
    private readonly cache: PrincipalCache,
    @Inject(signingConfig.KEY) private readonly config: ConfigType<typeof signingConfig>,
  ) {
    this.ring = keyRing([], config, Date.now());
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.read();
    this.timer = setInterval(() => void this.readQuietly(), READ_INTERVAL_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.reading.catch(() => undefined);
  }

  /** What signs now. */
  get signer(): { kid: string; key: KeyObject } {
    return { kid: this.ring.signer.kid, key: this.ring.signingKey };
  }

  /** The secret of a `kid`, if its key still verifies. */
  secretOf(kid: string): string | undefined {
    const key = this.ring.keys.get(kid);
    return key && key.until > Date.now() ? key.secret : undefined;
  }

  /**
   * The same, after a read of the database if the key is unknown. Unknown key ids cause at most one read per second, so
   * that forged tokens cannot flood the database. Callers wait for that read, so that a valid token under a new key is
   * not refused.
   *
   * @throws SecurityError `unavailable` if the database does not answer
   */
  async find(kid: string): Promise<string | undefined> {
    const secret = this.secretOf(kid);
    if (secret !== undefined || this.ring.keys.has(kid) || !KEY_ID.test(kid)) return secret;
    this.look ??= this.nextLook();
    await this.look;
    return this.secretOf(kid);
  }

  private async nextLook(): Promise<void> {
    await setTimeout(Math.max(0, this.askedAt + READ_INTERVAL_MS - performance.now()));
    // Later callers may hold a newer key than this read can return, so they start another one.
    this.look = undefined;
    this.askedAt = performance.now();
    try {
      await this.read();
    } catch (cause) {
      throw SecurityError.unavailable(cause);
    }
  }

  /** Skips its turn while another read is in flight, so that no queue of reads builds up when the database hangs. */
  private async readQuietly(): Promise<void> {
    if (this.isReading) return;
    await this.read().then(
      () => this.report(true),
      (err: unknown) => this.report(false, err),
    );
  }

  /** Reads are serialized: an older result must not replace a newer one. */
  private read(): Promise<void> {
    const previous = this.reading;
    this.reading = previous.catch(() => undefined).then(() => this.readNow());
    return this.reading;
  }

  private async readNow(): Promise<void> {
    this.isReading = true;
    try {
      await this.compare();
    } finally {
      this.isReading = false;
    }
  }

  private async compare(): Promise<void> {
    const now = new Date();
    const em = this.em.fork();
    const seen = JSON.stringify(await (em as SqlEntityManager).execute(ALL_KEYS_SQL));
    const time = now.getTime();
    if (seen === this.seen && this.since <= time && time < this.until) return;
    const rows = await em.find(SigningKey, {}, { orderBy: { kid: 'asc' } });
    const longAgo = new Date(now.getTime() - RETIRED_KEY_RETENTION_MS);
    if (rows.some(({ retiresAt }) => retiresAt && retiresAt <= longAgo)) {
      await em.nativeDelete(SigningKey, { retiresAt: { $lte: longAgo } });
    }
    const inUse = rows.filter(({ retiresAt }) => !retiresAt || retiresAt > now);
    const state = JSON.stringify(inUse);
    if (state !== this.known) this.adopt(keyRing(inUse, this.config, time));
    this.known = state;
    this.seen = seen;
    this.since = time;
    this.until = nextChange(rows, time);
  }

  private adopt(ring: KeyRing): void {
    const isOneGone = [...this.ring.keys.keys()].some((kid) => !ring.keys.has(kid));
    this.ring = ring;
    // The cache does not record which key signed a token, so all are dropped; each costs one more verification.
    if (isOneGone) this.cache.forgetTokens();
    this.log.log({ event: 'auth.keys.changed', count: ring.keys.size });
    if (ring.unreadable.length > 0) {
      this.log.warn({ event: 'auth.keys.unreadable', count: ring.unreadable.length });
    }
  }

  private report(isReadable: boolean, err?: unknown): void {
    if (isReadable === this.isReadable) return;
    this.isReadable = isReadable;
    if (isReadable) this.log.log({ event: 'auth.keys.read' });
    else this.log.error({ event: 'auth.keys.unread', err });
  }
}

/** The next time at which a row retires or becomes due for deletion. */
function nextChange(rows: readonly SigningKey[], now: number): number {
  const ends = rows.flatMap(({ retiresAt }) => retiresAt?.getTime() ?? []);
  const changes = [...ends, ...ends.map((end) => end + RETIRED_KEY_RETENTION_MS)];
  return Math.min(...changes.filter((time) => time > now));
}
