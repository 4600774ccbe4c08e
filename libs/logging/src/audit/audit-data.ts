import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Inject, Injectable } from '@nestjs/common';
import { v7 } from 'uuid';
import { AuditRecord } from './audit-record.entity.js';

/** How many records are read, or changed, in one statement: others wait for it. */
const STEP = 1_000;

/** For how long before the newest record late ones are looked for: twice the time between two looks. Milliseconds. */
const LATELY = 2 * 3_600_000;

/** Ids of accounts are UUIDv7; pseudonyms are not, and are nobody's. */
const ACCOUNT_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** What an object is called that is a person. Any other object that a person acted on was their own. */
const PERSON = 'account';

/** What the trail tells of a person. */
@Injectable()
export class AuditData {
  readonly tables: readonly string[] = ['audit_records'];

  constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

  /** What the person did, and what others did to them; of the others neither id nor address. */
  exportOf(userId: string): Promise<AsyncIterable<unknown>> {
    return Promise.resolve(this.records(userId));
  }

  /**
   * Whom the latest records name: also somebody who is gone, by a call that ended late or that asked for an old id.
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
   * Keeps what happened and forgets who it was: the person becomes `pseudonym`, the same in each record, and
   * their addresses and the ids of their things go. So does the id of each request, by which lines of the log lead
   * from the pseudonym to the account. Who else acted on them, or was acted on, stays in the record.
   */
  async erase(userId: string, pseudonym: string): Promise<void> {
    const em = this.em.fork() as SqlEntityManager;
    const some = `in (select id from audit_records where %s = ? limit ${STEP})`;
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
          $or: [{ actorId: userId }, { objectId: userId }],
          ...(after ? { id: { $gt: after } } : {}),
        },
        { orderBy: { id: 'asc' }, limit: STEP },
      );
      yield* found.map((record) => toExportedRecord(record, userId));
      after = found.at(-1)?.id;
      if (!after || found.length < STEP) return;
    }
  }
}

async function repeat(change: () => Promise<{ affectedRows: number }>): Promise<void> {
  while ((await change()).affectedRows >= STEP);
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
