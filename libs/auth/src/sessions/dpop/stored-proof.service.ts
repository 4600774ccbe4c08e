import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable, Logger } from '@nestjs/common';
import { PROOF_MEMORY_SECONDS } from './proof-window.js';

/** The least interval between checks for an instance without Redis. Milliseconds. */
const LOOK_INTERVAL_MS = 1_000;

/** The least interval between deletions of expired proofs, which happen when one is added. Milliseconds. */
const PURGE_INTERVAL_MS = 10_000;

/**
 * Used proofs in the database, for instances that cannot share them through Redis. A row written without Redis
 * (`alone`) is also an announcement: an instance that reads one consults the table in addition to Redis until none is
 * left. Proofs accepted without Redis are thus refused by the instances with Redis, and the other way round.
 */
@Injectable()
export class StoredProofService {
  private readonly log = new Logger('Dpop');
  private look: Promise<boolean> | undefined;
  private lookedAt = -Infinity;
  private purgedAt = -Infinity;

  constructor(private readonly em: EntityManager) {}

  /** Whether the proof was new. Of any number of concurrent calls, on any number of instances, one adds it. */
  async add(digest: string, alone: boolean): Promise<boolean> {
    const expiresAt = Date.now() + PROOF_MEMORY_SECONDS * 1000;
    const added = await this.sql().execute<object[]>(
      `insert into used_proofs (digest, alone, expires_at) values (?, ${alone}, ${expiresAt})
       on conflict (digest) do nothing returning digest`,
      [digest],
      'all',
    );
    this.purge();
    return added.length === 1;
  }

  /** Whether an instance works without Redis, at most a second out of date. */
  isSomebodyAlone(): Promise<boolean> {
    const now = performance.now();
    if (!this.look || now - this.lookedAt >= LOOK_INTERVAL_MS) {
      this.lookedAt = now;
      this.look = this.findAlone();
      // The callers of this check receive the error; the next call repeats it.
      this.look.catch(() => (this.look = undefined));
    }
    return this.look;
  }

  private async findAlone(): Promise<boolean> {
    const found = await this.sql().execute<object[]>(
      `select digest from used_proofs where alone and expires_at > ${Date.now()} limit 1`,
      [],
      'all',
    );
    return found.length > 0;
  }

  /** Runs in the background; the next purge deletes what a failed one left. */
  private purge(): void {
    const now = performance.now();
    if (now - this.purgedAt < PURGE_INTERVAL_MS) return;
    this.purgedAt = now;
    this.sql()
      .execute(`delete from used_proofs where expires_at < ${Date.now()}`)
      .catch((err: unknown) => this.log.error({ event: 'auth.proofs.undeleted', err }));
  }

  private sql(): SqlEntityManager {
    return this.em.fork() as SqlEntityManager;
  }
}
