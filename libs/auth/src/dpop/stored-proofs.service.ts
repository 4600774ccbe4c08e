import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { REMEMBERED_FOR } from './proof-window.js';

/** How often at most each instance asks whether another one is alone. Milliseconds. */
const LOOK_EVERY = 1_000;

/** How often at most each instance deletes what has expired, while it adds proofs. Milliseconds. */
const PURGE_EVERY = 10_000;

/**
 * Used proofs in the database, for when Redis does not tell one instance what the others have seen. A row that was
 * written for want of Redis (`alone`) is also a message: whoever sees one consults the table beside Redis, until there
 * is none left. So what one instance has seen without Redis counts on those that have it, and the other way round.
 */
@Injectable()
export class StoredProofs {
  private readonly log = new Logger('Dpop');
  private look: Promise<boolean> | undefined;
  private lookedAt = -Infinity;
  private purgedAt = -Infinity;

  constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

  /** Whether it was not there yet: of any number at once, on any number of instances, one adds it. */
  async add(digest: string, alone: boolean): Promise<boolean> {
    const expiresAt = Date.now() + REMEMBERED_FOR * 1000;
    const added = await this.sql().execute<object[]>(
      `insert into used_proofs (digest, alone, expires_at) values (?, ${alone}, ${expiresAt})
       on conflict (digest) do nothing returning digest`,
      [digest],
      'all',
    );
    this.purge();
    return added.length === 1;
  }

  /** Whether some instance works without Redis, as of a second ago at most. */
  isSomebodyAlone(): Promise<boolean> {
    const now = performance.now();
    if (!this.look || now - this.lookedAt >= LOOK_EVERY) {
      this.lookedAt = now;
      this.look = this.findAlone();
      // Whoever waits for it is told; the next one looks again.
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

  /** Nobody waits for it, and the next one makes good for one that failed. */
  private purge(): void {
    const now = performance.now();
    if (now - this.purgedAt < PURGE_EVERY) return;
    this.purgedAt = now;
    this.sql()
      .execute(`delete from used_proofs where expires_at < ${Date.now()}`)
      .catch((err: unknown) => this.log.error({ event: 'auth.proofs.undeleted', err }));
  }

  private sql(): SqlEntityManager {
    return this.em.fork() as SqlEntityManager;
  }
}
