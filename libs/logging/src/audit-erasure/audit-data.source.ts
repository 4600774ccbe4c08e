import { firstIdOf, rowsInSteps } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { PERSON } from '../audit/audit-object.js';
import { AuditRecord } from '../audit/audit-record.entity.js';
import { SealService } from '../audit-chain/seal.service.js';
import { RedactionService } from './redaction.service.js';

/** Records per read of an export: converting rows to objects takes longer than reading them. */
const ROWS_PER_READ = 200;

/** For how long before the newest record late ones are looked for: twice the time between two looks. Milliseconds. */
const LATELY = 2 * 3_600_000;

/** Ids of accounts are UUIDv7; pseudonyms are not, and belong to no account. */
const ACCOUNT_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** What the trail tells of a person. */
@Injectable()
export class AuditDataSource {
  readonly tables: readonly string[] = ['audit_records'];

  constructor(
    private readonly em: EntityManager,
    private readonly seals: SealService,
    private readonly redactions: RedactionService,
  ) {}

  /** What the person did, and what others did to them; of the others neither id nor address. */
  exportOf(accountId: string): Promise<AsyncIterable<unknown>> {
    return Promise.resolve(this.records(accountId));
  }

  /**
   * The accounts that the latest records name, deleted ones included: a call may end late or name an old id.
   * Counted from the newest record, so that a start finds what the process before it wrote at its end.
   */
  async owners(): Promise<string[]> {
    const em = this.em.fork() as SqlEntityManager;
    const [newest] = await em.find(AuditRecord, {}, { orderBy: { id: 'desc' }, limit: 1 });
    if (!newest) return [];
    const since = firstIdOf(new Date(newest.occurredAt.getTime() - LATELY));
    const rows = await em.execute<{ id: string | null }[]>(
      `select cast(actor_id as text) as id from audit_records where id > ? and actor_id is not null
       union select object_id as id from audit_records where id > ? and object_type = '${PERSON}'`,
      [since, since],
    );
    return rows.flatMap(({ id }) => (id && ACCOUNT_ID.test(id) ? [id] : []));
  }

  /**
   * Pseudonymizes the records of an account: its id becomes `pseudonym`, the same in each record, and
   * its addresses and the ids of its objects are removed. The chain proves the records as they are then.
   */
  async erase(accountId: string, pseudonym: string): Promise<void> {
    // What is not sealed yet would never be, if it changed now.
    if (!(await this.seals.settle())) throw new Error('records wait for their seals');
    await this.redactions.redact(accountId, pseudonym);
    if (await this.redactions.isLeft(accountId)) throw new Error('records wait for their seals');
  }

  private async *records(accountId: string): AsyncGenerator<unknown> {
    // A person may name any other object as they like, also by the id of this account.
    const $or = [{ actorId: accountId }, { objectType: PERSON, objectId: accountId }];
    const records = rowsInSteps(ROWS_PER_READ, (after) =>
      this.em
        .fork()
        .find(AuditRecord, { $or, ...after }, { orderBy: { id: 'asc' }, limit: ROWS_PER_READ }),
    );
    for await (const record of records) yield toExportedRecord(record, accountId);
  }
}

function toExportedRecord(record: AuditRecord, accountId: string): object {
  const isOwn = record.actorId === accountId;
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
