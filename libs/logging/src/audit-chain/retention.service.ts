import { isEmbeddedDatabase } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { AuditTrail } from '../audit/audit-trail.js';
import { AuditKeysService } from '../audit-keys/audit-keys.service.js';
import { type AuditCheckpoint, isGenuine } from './audit-checkpoint.js';
import { checkpointsFrom } from './checkpoint-store.js';
import { RETIRED, retiredCheckpoint } from './retired-segments.js';
import { SealService } from './seal.service.js';

/** How many records are removed in one transaction: others wait for it. */
const RECORDS_PER_STEP = 500;

const OLDEST = `select sequence from audit_seals where sequence <= ? order by sequence limit ${RECORDS_PER_STEP}`;

/**
 * Removes records whose time is over, a segment between two checkpoints at a time: the second one stays, and stands for
 * all that was before it.
 */
@Injectable()
export class RetentionService {
  constructor(
    private readonly em: EntityManager,
    private readonly trail: AuditTrail,
    private readonly keys: AuditKeysService,
    private readonly seals: SealService,
  ) {}

  /** What was signed before that moment goes. Says so in the chain first: what is missing has a reason then. */
  async removeBefore(moment: number, signal?: AbortSignal): Promise<void> {
    const retired = await retiredCheckpoint(this.em);
    const last = await this.lastBefore(moment, (retired?.number ?? 0) + 1);
    if (last) {
      await this.trail.recordIn(this.em.fork(), {
        action: RETIRED,
        objectType: 'checkpoint',
        objectId: String(last.number),
        outcome: 'succeeded',
        ip: '',
        requestId: '',
      });
      await this.seals.sealAll(signal);
    }
    // One that is not sealed yet is found the next time; so is what a process that ended has left.
    const through = (await retiredCheckpoint(this.em))?.sequence;
    while (through !== undefined && (await this.isLeft(through))) {
      signal?.throwIfAborted();
      await this.removeSome(through);
    }
  }

  private async lastBefore(moment: number, first: number): Promise<AuditCheckpoint | undefined> {
    let last: AuditCheckpoint | undefined;
    for await (const { checkpoint } of checkpointsFrom(this.em, first)) {
      if (!checkpoint || !isGenuine(checkpoint, this.keys) || checkpoint.madeAt >= moment) break;
      last = checkpoint;
    }
    return last;
  }

  private async isLeft(through: number): Promise<boolean> {
    const rows = await (this.em.fork() as SqlEntityManager).execute<unknown[]>(
      'select 1 from audit_seals where sequence <= ? limit 1',
      [through],
    );
    return rows.length > 0;
  }

  /** PostgreSQL has a function for it, as the role of the service may remove nothing itself. */
  private async removeSome(through: number): Promise<void> {
    const em = this.em.fork() as SqlEntityManager;
    if (!isEmbeddedDatabase(em)) {
      await em.execute('select audit_retire(?::bigint, ?::integer)', [through, RECORDS_PER_STEP]);
      return;
    }
    const ids = `select record_id from audit_seals where sequence in (${OLDEST})`;
    await em.transactional(async (inner) => {
      for (const sql of [
        `delete from audit_records where id in (${ids})`,
        `delete from audit_redactions where redaction_id in (${ids})`,
        `delete from audit_seals where sequence in (${OLDEST})`,
      ]) {
        await inner.execute(sql, [through], 'run');
      }
    });
  }
}
