import { ChangeFollower, ChangeLookJob } from '@app/persistence';
import { SecurityError } from '@app/security';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { KeyObject } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type KeyRing, keyRing } from './key-ring.js';
import { PrincipalCache } from './principal-cache.js';
import { SigningKey } from './signing-key.entity.js';
import { signingConfig } from './signing.config.js';

/** The least interval between reads caused by an unknown key id. Milliseconds. */
const UNKNOWN_KEY_INTERVAL_MS = 1_000;

/** How long a row is kept after its key has retired: the clock of another instance may be behind. Milliseconds. */
const RETIRED_KEY_RETENTION_MS = 3_600_000;

/** Raw SQL, without hydrating entities: the result is unchanged nearly every time. */
const ALL_KEYS_SQL = 'select * from signing_keys order by kid';

/** The form of every `kid` this service issues. */
const KEY_ID = /^[\w-]{12}$/;

/**
 * The keys of access tokens, as this instance knows them: read again after each rotation on any instance. A token with an
 * unknown key id waits for one more read.
 */
@Injectable()
export class SigningKeyService extends ChangeFollower {
  protected readonly log = new Logger('SigningKeys');
  private ring: KeyRing;
  /**
   * The table as last read, and the interval in which it yields the same ring. The lower bound covers a clock set back.
   */
  private seen: string | undefined;
  private since = Infinity;
  private until = 0;
  /** The rows in use at that time; the ring changes only when they do. */
  private inUse = '[]';
  /** Keys that have been in use here and are not any more: no read finds them again. */
  private readonly gone = new Set<string>();
  private askedAt = -Infinity;
  private look: Promise<void> | undefined;
  private reading: Promise<void> = Promise.resolve();

  constructor(
    changes: ChangeLookJob,
    private readonly em: EntityManager,
    private readonly cache: PrincipalCache,
    @Inject(signingConfig.KEY) private readonly config: ConfigType<typeof signingConfig>,
  ) {
    super(changes, 'auth.keys.unread', 'keys');
    this.ring = keyRing([], config, Date.now());
  }

  override async onApplicationBootstrap(): Promise<void> {
    await this.read();
    await super.onApplicationBootstrap();
  }

  override async onModuleDestroy(): Promise<void> {
    await super.onModuleDestroy();
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
    if (secret !== undefined || this.isKnown(kid) || !KEY_ID.test(kid)) return secret;
    this.look ??= this.nextLook();
    await this.look;
    return this.secretOf(kid);
  }

  /** A token of a key that was revoked is refused at once, however many such tokens come. */
  private isKnown(kid: string): boolean {
    return this.ring.keys.has(kid) || this.gone.has(kid);
  }

  private async nextLook(): Promise<void> {
    await setTimeout(Math.max(0, this.askedAt + UNKNOWN_KEY_INTERVAL_MS - performance.now()));
    // Later callers may hold a newer key than this read can return, so they start another one.
    this.look = undefined;
    this.askedAt = performance.now();
    try {
      await this.read();
    } catch (cause) {
      throw SecurityError.unavailable(cause);
    }
  }

  /** Reads are serialized: an older result must not replace a newer one. */
  protected read(): Promise<void> {
    const previous = this.reading;
    this.reading = previous.catch(() => undefined).then(() => this.compare());
    return this.reading;
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
    if (state !== this.inUse) this.adopt(keyRing(inUse, this.config, time));
    this.inUse = state;
    this.seen = seen;
    this.since = time;
    this.until = nextChange(rows, time);
  }

  private adopt(ring: KeyRing): void {
    const gone = [...this.ring.keys.keys()].filter((kid) => !ring.keys.has(kid));
    this.ring = ring;
    for (const kid of gone) this.gone.add(kid);
    for (const kid of ring.keys.keys()) this.gone.delete(kid);
    // The cache does not record which key signed a token, so all are dropped; each costs one more verification.
    if (gone.length > 0) this.cache.forgetTokens();
    this.log.log({ event: 'auth.keys.changed', count: ring.keys.size });
    if (ring.unreadable.length > 0) {
      this.log.warn({ event: 'auth.keys.unreadable', count: ring.unreadable.length });
    }
  }
}

/** The next time at which a row retires or becomes due for deletion. */
function nextChange(rows: readonly SigningKey[], now: number): number {
  const ends = rows.flatMap(({ retiresAt }) => retiresAt?.getTime() ?? []);
  const changes = [...ends, ...ends.map((end) => end + RETIRED_KEY_RETENTION_MS)];
  return Math.min(...changes.filter((time) => time > now));
}
