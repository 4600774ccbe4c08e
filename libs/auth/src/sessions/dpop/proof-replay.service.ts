import { persistenceConfig } from '@app/persistence';
import { EventCounters, securityConfig } from '@app/security';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { sha256 } from '../../accounts/credentials/sha256.js';
import type { DpopProof } from './dpop-proof.js';
import { PROOF_MEMORY_SECONDS } from './proof-window.js';
import { StoredProofService } from './stored-proof.service.js';
import { UsedProofs } from './used-proofs.js';

/**
 * Accepts each proof once (RFC 9449 §11.1), across instances and restarts: each process remembers the proofs it has
 * accepted, Redis remembers them for all instances, and the database replaces Redis where it does not answer or is not
 * configured. A single instance on SQLite needs neither; it refuses proofs issued before it started.
 */
@Injectable()
export class ProofReplayService {
  private readonly hasRedis: boolean;
  private readonly isSingle: boolean;
  private readonly ofSessions: UsedProofs;
  /**
   * Proofs without a token. Separate, so that a flood of the public routes with new keys does not evict the proofs of
   * sessions.
   */
  private readonly ofStrangers: UsedProofs;
  /** When this instance lost Redis, and when it last announced that in the database. Seconds since 1970. */
  private aloneSince: number | undefined;
  private announcedAt = 0;

  constructor(
    private readonly counters: EventCounters,
    private readonly stored: StoredProofService,
    @Inject(securityConfig.KEY) security: ConfigType<typeof securityConfig>,
    @Inject(persistenceConfig.KEY) persistence: ConfigType<typeof persistenceConfig>,
  ) {
    this.hasRedis = security.redisUrl !== undefined;
    this.isSingle = !this.hasRedis && persistence.databaseUrl === undefined;
    const earliest = this.isSingle ? Math.floor(Date.now() / 1000) : 0;
    this.ofSessions = new UsedProofs(earliest);
    this.ofStrangers = new UsedProofs(earliest);
  }

  /** Records a use and answers whether it is the first. `isBound`: the proof came with a token bound to its key. */
  async isFirstUse({ key, id, issuedAt }: DpopProof, isBound: boolean): Promise<boolean> {
    const digest = sha256(`${key}.${id}`);
    const seenHere = isBound ? this.ofSessions : this.ofStrangers;
    if (!seenHere.use(digest, issuedAt, Date.now() / 1000)) return false;
    if (this.isSingle) return true;
    if (!this.hasRedis) return this.stored.add(digest, true);
    const { count, isShared } = await this.counters.count(
      `dpop:${digest}`,
      PROOF_MEMORY_SECONDS * 1000,
    );
    if (!isShared) return this.isFirstWithoutRedis(digest, issuedAt);
    this.aloneSince = undefined;
    if (count !== 1) return false;
    return !(await this.stored.isSomebodyAlone()) || this.stored.add(digest, false);
  }

  /**
   * The other instances record proofs in Redis only, until they read in the database that an instance is without it. A
   * proof issued before this instance announced that may have been used there, so it is refused.
   */
  private async isFirstWithoutRedis(digest: string, issuedAt: number): Promise<boolean> {
    const now = Math.floor(Date.now() / 1000);
    const isForgotten = now - this.announcedAt >= PROOF_MEMORY_SECONDS;
    if (this.aloneSince === undefined || isForgotten) this.aloneSince = now;
    const since = this.aloneSince;
    const isFirst = await this.stored.add(digest, true);
    this.announcedAt = now;
    return isFirst && issuedAt >= since;
  }
}
