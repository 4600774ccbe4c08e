import { isEmbeddedDatabase } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { AuditTrail } from '../audit/audit-trail.js';
import { personalDigest, type RecordContent, SALT_LENGTH } from '../audit/record-digest.js';
import { recordColumns, recordOf, type RecordRow } from '../audit-chain/record-columns.js';
import { REDACTED, redactionDigest } from '../audit-chain/redactions.js';
import { applyRedaction, type RedactedRow } from './redaction-statements.js';
import { withoutPerson } from './without-person.js';

/** How many records are changed in one transaction: others wait for it. */
const RECORDS_PER_STEP = 200;

/** Any constant of our own; it names the lock among the advisory locks of the database. */
const REDACTION_LOCK_ID = 7_266_002;

type FoundRow = RecordRow & { readonly sequence: number | string | null };

/**
 * Takes a person out of sealed records. The salt that proves the fields of before goes, the fields of now get a salt of
 * their own, and a record in the chain says which records were changed and what of them is proven from now on.
 */
@Injectable()
export class RedactionService {
  constructor(
    private readonly em: EntityManager,
    private readonly trail: AuditTrail,
  ) {}

  /** All records of the account but those that still wait for their seals. */
  async redact(accountId: string, pseudonym: string): Promise<void> {
    for (const column of ['actor_id', 'object_id'] as const) {
      while ((await this.step(column, accountId, pseudonym)) >= RECORDS_PER_STEP);
    }
  }

  /** Whether a record names the account still. */
  async isLeft(accountId: string): Promise<boolean> {
    const rows = await (this.em.fork() as SqlEntityManager).execute<unknown[]>(
      `select 1 from audit_records where actor_id = ?
       union all select 1 from audit_records where object_id = ? limit 1`,
      [accountId, accountId],
    );
    return rows.length > 0;
  }

  private step(
    column: 'actor_id' | 'object_id',
    accountId: string,
    pseudonym: string,
  ): Promise<number> {
    return (this.em.fork() as SqlEntityManager).transactional(async (em) => {
      // Another instance may erase the same account: a record must not be redacted on what was read before.
      if (!isEmbeddedDatabase(em)) {
        await em.execute(`select pg_advisory_xact_lock(${REDACTION_LOCK_ID})`);
      }
      const rows = await em.execute<FoundRow[]>(
        // The limit stands before the join: else PostgreSQL merges with the seals from their beginning, for each step.
        `select ${recordColumns(em)}, s.sequence from (
           select f.* from audit_records f left join audit_pending p on p.record_id = f.id
           where f.${column} = ? and (p.record_id is null or p.refused = true)
           order by f.id limit ${RECORDS_PER_STEP}
         ) as r left join audit_seals s on s.record_id = r.id order by r.id`,
        [accountId],
      );
      if (rows.length === 0) return 0;
      const redacted = rows.map((row) => redactedRow(row, accountId, pseudonym));
      await applyRedaction(em, await this.record(em, redacted), redacted);
      return rows.length;
    });
  }

  /** Only what is sealed has something to prove. */
  private async record(em: SqlEntityManager, rows: readonly RedactedRow[]): Promise<string> {
    const proven = rows.flatMap(({ id, digest }) => (digest === null ? [] : [{ id, digest }]));
    return this.trail.recordIn(em, {
      action: REDACTED,
      objectType: 'redaction',
      objectId: redactionDigest(proven),
      outcome: 'succeeded',
      ip: '',
      requestId: '',
    });
  }
}

function redactedRow(row: FoundRow, accountId: string, pseudonym: string): RedactedRow {
  const record: RecordContent = withoutPerson(recordOf(row), accountId, pseudonym);
  const { id, actorId, objectId, ip, requestId } = record;
  const salt = randomBytes(SALT_LENGTH);
  const isSealed = row.sequence !== null;
  return {
    id,
    actor_id: actorId,
    object_id: objectId,
    ip,
    request_id: requestId,
    salt: isSealed ? salt.toString('hex') : null,
    digest: isSealed ? personalDigest(salt, record).toString('hex') : null,
  };
}
