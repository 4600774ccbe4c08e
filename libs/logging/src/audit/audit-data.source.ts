import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { v7 } from 'uuid';
import { AuditRecord } from './audit-record.entity.js';

/** How many records are read, or changed, in one statement: others wait for it. */
const ROWS_PER_DELETION = 1_000;

/** Records per read of an export: converting rows to objects takes longer than reading them. */
const ROWS_PER_READ = 200;

/** For how long before the newest record late ones are looked for: twice the time between two looks. Milliseconds. */
const LATELY = 2 * 3_600_000;

/** Ids of accounts are UUIDv7; pseudonyms are not, and belong to no account. */
const ACCOUNT_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Prefix of an object that is an account. Any other object that an account acted on is its own. */
const PERSON = 'account';

/** What the trail tells of a person. */
@Injectable()
export class AuditDataSource {
  readonly tables: readonly string[] = ['audit_records'];

  constructor(private readonly em: EntityManager) {}

  /** What the person did, and what others did to them; of the others neither id nor address. */
  exportOf(userId: string): Promise<AsyncIterable<unknown>> {
    return Promise.resolve(this.records(userId));
  }

  /**
   * The accounts that the latest records name, deleted ones included: a call may end late or name an old id.
   * Counted from the newest record, so that a start finds what the process before it wrote at its end.
   */
  async owners(): Promise<string[]> {
    const em = this.em.fork() as SqlEntityManager;
    const [newest] = await em.find(AuditRecord, {}, { orderBy: { id: 'desc' }, limit: 1 });
    if (!newest) return [];
    // The ids are in the order of time, and have an index.
    const since = v7({ msecs: newest.occurredAt.getTime() - LATELY, random: new Uint8Array(16) });
    const rows = await em.execute<{ id: string | null }[]>(
      `select cast(actor_id as text) as id from audit_records where id > ? and actor_id is not null
       union select object_id as id from audit_records where id > ? and object_type = '${PERSON}'`,
      [since, since],
    );
    return rows.flatMap(({ id }) => (id && ACCOUNT_ID.test(id) ? [id] : []));
  }

  /**
   * Pseudonymizes the records of an account: its id becomes `pseudonym`, the same in each record, and
   * its addresses and the ids of its objects are removed. So does the id of each request, by which lines of the log lead
   * from the pseudonym to the account. Who else acted on them, or was acted on, stays in the record.
   */
  async erase(userId: string, pseudonym: string): Promise<void> {
    const em = this.em.fork() as SqlEntityManager;
    const some = `in (select id from audit_records where %s = ? limit ${ROWS_PER_DELETION})`;
    // The first statement also takes what the person did to themselves, which the second could not find any more.
    const acted = `update audit_records
      set actor_id = ?, ip = '', request_id = '', object_id = case
        when object_id = ? then ? when object_type = '${PERSON}' then object_id else null end
      where id ${some.replace('%s', 'actor_id')}`;
    const suffered = `update audit_records
      set object_id = ?, request_id = '', ip = case when actor_id is null then '' else ip end
      where id ${some.replace('%s', 'object_id')}`;
    await repeat(() => em.execute(acted, [pseudonym, userId, pseudonym, userId], 'run'));
    await repeat(() => em.execute(suffered, [pseudonym, userId], 'run'));
  }

  private async *records(userId: string): AsyncGenerator<unknown> {
    for (let after: string | undefined; ;) {
      const found: AuditRecord[] = await this.em.fork().find(
        AuditRecord,
        {
          // A person may name any other object as they like, also by the id of this account.
          $or: [{ actorId: userId }, { objectType: PERSON, objectId: userId }],
          ...(after ? { id: { $gt: after } } : {}),
        },
        { orderBy: { id: 'asc' }, limit: ROWS_PER_READ },
      );
      yield* found.map((record) => toExportedRecord(record, userId));
      after = found.at(-1)?.id;
      if (!after || found.length < ROWS_PER_READ) return;
    }
  }
}

async function repeat(change: () => Promise<{ affectedRows: number }>): Promise<void> {
  while ((await change()).affectedRows >= ROWS_PER_DELETION);
}

function toExportedRecord(record: AuditRecord, userId: string): object {
  const isOwn = record.actorId === userId;
  return {
    occurredAt: record.occurredAt.toISOString(),
    by: isOwn ? 'you' : 'somebody else',
    action: record.action,
    objectType: record.objectType,
    objectId: record.objectId,
    outcome: record.outcome,
    ip: isOwn ? record.ip : null,
    requestId: record.requestId,
  };
}
