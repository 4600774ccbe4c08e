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
import { authConfig } from '../auth.config.js';
import { PrincipalCache } from '../tokens/principal-cache.js';
import { type KeyRing, keyRing } from './key-ring.js';
import { SigningKey } from './signing-key.entity.js';

/** How often the keys are read; and how often at most for the sake of tokens with an unknown key. Milliseconds. */
const EVERY = 1_000;

/** How long a row outlives its key: the clock of another instance may be behind this one's. Milliseconds. */
const DELETED_AFTER = 3_600_000;

/** Read past the entities: it is the same nearly every time. */
const TABLE = 'select * from signing_keys order by kid';

/** Only a `kid` of this form can be one of ours. */
const KEY_ID = /^[\w-]{12}$/;

/**
 * The keys of access tokens, as this instance knows them: read anew every second, so that a rotation reaches every
 * instance without a message between them. A token under a key that is not known yet waits for one more look.
 */
@Injectable()
export class SigningKeys implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('SigningKeys');
  private timer: NodeJS.Timeout | undefined;
  private ring: KeyRing;
  /** The table as it was read last, and from when until when it means the same. A clock may be set back. */
  private seen: string | undefined;
  private since = Infinity;
  private until = 0;
  /** The rows that were in use then; while they stay the same so does the ring. */
  private known = '[]';
  private isReadable = true;
  private isReading = false;
  private askedAt = -Infinity;
  private look: Promise<void> | undefined;
  private reading: Promise<void> = Promise.resolve();

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(PrincipalCache) private readonly cache: PrincipalCache,
    @Inject(authConfig.KEY) private readonly config: ConfigType<typeof authConfig>,
  ) {
    this.ring = keyRing([], config, Date.now());
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.read();
    this.timer = setInterval(() => void this.readQuietly(), EVERY).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.reading.catch(() => undefined);
  }

  /** What signs now. */
  get signer(): { kid: string; key: KeyObject } {
    return { kid: this.ring.signer.kid, key: this.ring.signingKey };
  }

  /** The secret that a `kid` stands for, if it still verifies. */
  secretOf(kid: string): string | undefined {
    const key = this.ring.keys.get(kid);
    return key && key.until > Date.now() ? key.secret : undefined;
  }

  /**
   * The same, after a look at the database if the key is not known. Of any number of such looks only one a second is
   * made: made-up tokens cannot flood the database, and wait, so that a right one in their midst is not refused.
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
    await setTimeout(Math.max(0, this.askedAt + EVERY - performance.now()));
    // Whoever comes from now on may have a newer key than this look can see.
    this.look = undefined;
    this.askedAt = performance.now();
    try {
      await this.read();
    } catch (cause) {
      throw SecurityError.unavailable(cause);
    }
  }

  /** Not while another one is under way: a database that hangs is not to be met by a queue of reads. */
  private async readQuietly(): Promise<void> {
    if (this.isReading) return;
    await this.read().then(
      () => this.report(true),
      (err: unknown) => this.report(false, err),
    );
  }

  /** One after the other: an older answer must not take the place of a newer one. */
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
    const seen = JSON.stringify(await (em as SqlEntityManager).execute(TABLE));
    const time = now.getTime();
    if (seen === this.seen && this.since <= time && time < this.until) return;
    const rows = await em.find(SigningKey, {}, { orderBy: { kid: 'asc' } });
    const longAgo = new Date(now.getTime() - DELETED_AFTER);
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
    // Which of the remembered tokens it has signed is not remembered; each costs one more verification.
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

/** When the next row retires, or is to be deleted. */
function nextChange(rows: readonly SigningKey[], now: number): number {
  const ends = rows.flatMap(({ retiresAt }) => retiresAt?.getTime() ?? []);
  const changes = [...ends, ...ends.map((end) => end + DELETED_AFTER)];
  return Math.min(...changes.filter((time) => time > now));
}
