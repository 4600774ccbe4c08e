import { firstIdOf, momentOfId } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { PERSON } from './audit-object.js';

/** How many records one statement reads. */
const RECORDS_PER_READ = 1_000;

/** How many records one search reads: at a thousand a statement, a second or two. */
const MAX_RECORDS = 50_000;

/** What is looked for: records of a time, of one address or one action where those are given. */
export interface AuditTrace {
  readonly from: Date;
  readonly to: Date;
  readonly ip?: string;
  readonly action?: string;
  /** Leaves out what was refused or failed. */
  readonly succeededOnly: boolean;
}

export interface AuditedAccounts {
  readonly accountIds: ReadonlySet<string>;
  /** The moment up to which everything was read, where that is not all of it. */
  readonly readUntil?: Date;
}

interface TracedRow {
  readonly id: string;
  readonly actorId: string | null;
  readonly objectType: string | null;
  readonly objectId: string | null;
  readonly outcome: string;
}

/** Finds the accounts that records of the trail name: who acted, and which accounts were acted on or tried. */
@Injectable()
export class AuditedAccountsService {
  constructor(private readonly em: EntityManager) {}

  /** The oldest records first, by an index for each way to ask; at most `most` accounts. */
  async find(trace: AuditTrace, most: number): Promise<AuditedAccounts> {
    const accountIds = new Set<string>();
    let after = firstIdOf(trace.from);
    for (let read = 0; read < MAX_RECORDS; read += RECORDS_PER_READ) {
      const rows = await this.read(trace, after);
      for (const row of rows) {
        if (accountIds.size >= most) return { accountIds, readUntil: momentOfId(row.id) };
        if (trace.succeededOnly && row.outcome !== 'succeeded') continue;
        if (row.actorId) accountIds.add(row.actorId);
        if (row.objectType === PERSON && row.objectId) accountIds.add(row.objectId);
      }
      if (rows.length < RECORDS_PER_READ) return { accountIds };
      after = rows.at(-1)!.id;
    }
    return { accountIds, readUntil: momentOfId(after) };
  }

  private read({ to, ip, action }: AuditTrace, after: string): Promise<TracedRow[]> {
    const conditions = Object.entries({
      'id > ?': after,
      'id < ?': firstIdOf(to),
      'ip = ?': ip,
      'action = ?': action,
    }).filter((condition): condition is [string, string] => condition[1] !== undefined);
    return (this.em.fork() as SqlEntityManager).execute<TracedRow[]>(
      `select id, actor_id as "actorId", object_type as "objectType", object_id as "objectId", outcome
       from audit_records where ${conditions.map(([sql]) => sql).join(' and ')} order by id limit ${RECORDS_PER_READ}`,
      conditions.map(([, value]) => value),
    );
  }
}
