import { persistenceConfig } from '@app/persistence';
import { EventCounters, securityConfig } from '@app/security';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { createHash } from 'node:crypto';
import type { DpopProof } from './dpop-proof.js';
import { REMEMBERED_FOR } from './proof-window.js';
import { StoredProofs } from './stored-proofs.service.js';
import { UsedProofs } from './used-proofs.js';

/**
 * Lets each proof through once (RFC 9449 §11.1), over all instances and restarts: each process knows what it has seen
 * itself, Redis knows it for all, and the database stands in where Redis does not answer or there is none. A single
 * instance on SQLite knows enough by itself, and refuses what is older than it.
 */
@Injectable()
export class ProofReplay {
  private readonly hasRedis: boolean;
  private readonly isSingle: boolean;
  private readonly ofSessions: UsedProofs;
  /** Apart: whoever makes up keys and floods the public routes must not crowd out the proofs of sessions. */
  private readonly ofStrangers: UsedProofs;
  /** Since when this instance has gone without Redis, and when it last said so in the database. Seconds since 1970. */
  private aloneSince: number | undefined;
  private announcedAt = 0;

  constructor(
    @Inject(EventCounters) private readonly counters: EventCounters,
    @Inject(StoredProofs) private readonly stored: StoredProofs,
    @Inject(securityConfig.KEY) security: ConfigType<typeof securityConfig>,
    @Inject(persistenceConfig.KEY) persistence: ConfigType<typeof persistenceConfig>,
  ) {
    this.hasRedis = security.redisUrl !== undefined;
    this.isSingle = !this.hasRedis && persistence.databaseUrl === undefined;
    const earliest = this.isSingle ? Math.floor(Date.now() / 1000) : 0;
    this.ofSessions = new UsedProofs(earliest);
    this.ofStrangers = new UsedProofs(earliest);
  }

  /** Whether this is the first use. It counts as one from then on. `isBound`: it came with a token of its key. */
  async isFirstUse({ key, id, issuedAt }: DpopProof, isBound: boolean): Promise<boolean> {
    const digest = createHash('sha256').update(`${key}.${id}`).digest('base64url');
    const seenHere = isBound ? this.ofSessions : this.ofStrangers;
    if (!seenHere.use(digest, issuedAt, Date.now() / 1000)) return false;
    if (this.isSingle) return true;
    if (!this.hasRedis) return this.stored.add(digest, true);
    const { count, isShared } = await this.counters.count(`dpop:${digest}`, REMEMBERED_FOR * 1000);
    if (!isShared) return this.isFirstWithoutRedis(digest, issuedAt);
    this.aloneSince = undefined;
    if (count !== 1) return false;
    return !(await this.stored.isSomebodyAlone()) || this.stored.add(digest, false);
  }

  /**
   * What the others have seen goes to Redis until they read here that an instance is without it. So what was made
   * before this one said so may have been used there, and is refused.
   */
  private async isFirstWithoutRedis(digest: string, issuedAt: number): Promise<boolean> {
    const now = Math.floor(Date.now() / 1000);
    const isForgotten = now - this.announcedAt >= REMEMBERED_FOR;
    if (this.aloneSince === undefined || isForgotten) this.aloneSince = now;
    const since = this.aloneSince;
    const isFirst = await this.stored.add(digest, true);
    this.announcedAt = now;
    return isFirst && issuedAt >= since;
  }
}
