import { AtomicWriteService } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { AuditKeysService } from '../audit-keys/audit-keys.service.js';
import { digestOf } from '../audit/record-digest.js';
import { isGenuine, signCheckpoint } from './audit-checkpoint.js';
import { checkpointAt, checkpointInsertion } from './checkpoint-store.js';
import { millisecondsIn } from './record-columns.js';

/** How long instances of a release before may go on to write records, during an update. Milliseconds. */
const LEGACY_MS = 3_600_000;

/** Where a chain begins. */
export interface ChainOrigin {
  readonly id: string;
  /** What the first record is tied to. */
  readonly hash: Buffer;
  /** Until then records count that nothing authenticates, of a release before. Milliseconds since 1970. */
  readonly legacyUntil: number;
}

/** The beginning of the chain of this database; the first process that seals makes it. */
@Injectable()
export class ChainOriginService {
  private known: ChainOrigin | undefined;

  constructor(
    private readonly em: EntityManager,
    private readonly writes: AtomicWriteService,
    private readonly keys: AuditKeysService,
  ) {}

  /** Undefined where nothing was ever sealed. */
  async find(): Promise<ChainOrigin | undefined> {
    return (this.known ??= await this.read());
  }

  async findOrMake(): Promise<ChainOrigin> {
    const found = await this.find();
    if (found) return found;
    await this.make();
    return (await this.find())!;
  }

  private async read(): Promise<ChainOrigin | undefined> {
    const em = this.em.fork() as SqlEntityManager;
    const [row] = await em.execute<{ id: string; made_ms: string; legacy_ms: string }[]>(
      `select id, ${millisecondsIn(em, 'created_at')} as made_ms,
         ${millisecondsIn(em, 'legacy_until')} as legacy_ms from audit_chain`,
    );
    if (!row) return undefined;
    const origin = originOf(row.id, Number(row.made_ms), Number(row.legacy_ms));
    const first = await checkpointAt(em, 0);
    const isProven =
      first?.hash === origin.hash.toString('base64url') && isGenuine(first, this.keys);
    // A later date in the table would open it to records of other hands.
    return isProven ? origin : { ...origin, legacyUntil: 0 };
  }

  /** With its checkpoint, in one write; of two processes one does it. */
  private async make(): Promise<void> {
    const [legacy] = await (this.em.fork() as SqlEntityManager).execute<unknown[]>(
      `select id from audit_records where mac is null
       and not exists (select 1 from audit_pending where record_id = audit_records.id) limit 1`,
    );
    const now = Date.now();
    const origin = originOf(randomUUID(), now, legacy ? now + LEGACY_MS : now);
    const hash = origin.hash.toString('base64url');
    const checkpoint = checkpointInsertion(
      signCheckpoint(this.keys, {
        chainId: origin.id,
        number: 0,
        sequence: 0,
        hash,
        madeAt: now,
      }),
    );
    const chain = {
      sql: 'insert into audit_chain (place, id, created_at, legacy_until) values (1, ?, ?, ?)',
      values: [origin.id, new Date(now), new Date(origin.legacyUntil)],
    };
    await this.writes.apply({
      sqlite: () => [chain, checkpoint],
      postgres: () => ({
        sql: `with made as (${chain.sql}), told as (${checkpoint.sql}) select null as missing`,
        values: [...chain.values, ...checkpoint.values],
      }),
      taken: { audit_chain: 'turn', audit_checkpoints: 'turn' },
    });
  }
}

function originOf(id: string, madeAt: number, legacyUntil: number): ChainOrigin {
  return { id, hash: digestOf(['audit chain', id, madeAt, legacyUntil]), legacyUntil };
}
