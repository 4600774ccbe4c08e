import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { setImmediate } from 'node:timers/promises';
import type { RecordContent } from '../audit/record-digest.js';
import { recordColumns, recordOf, type RecordRow } from './record-columns.js';
import type { Seal } from './seal-statements.js';

/** How many records one statement reads: their digests are computed in one go. */
const RECORDS_PER_READ = 250;

/** A seal, and its record as it is now. */
export interface SealedRow extends Omit<Seal, 'salt'> {
  /** Null where the record was redacted. */
  readonly salt: Buffer | null;
  readonly record: RecordContent | undefined;
  /** What proves the personal fields after a redaction. */
  readonly redaction: { readonly salt: Buffer; readonly digest: Buffer } | undefined;
}

type Row = RecordRow &
  Pick<SealedRow, 'salt' | 'personal' | 'content' | 'hash' | 'mac'> & {
    readonly sequence: number | string;
    readonly record_id: string;
    readonly redaction_salt: Buffer | null;
    readonly redaction_digest: Buffer | null;
  };

/** The chain after a place, in its order, of which a few rows are in memory at a time. */
export async function* sealedRows(
  em: EntityManager,
  after: number,
  signal?: AbortSignal,
): AsyncGenerator<SealedRow> {
  const fork = em.fork() as SqlEntityManager;
  // The limit stands before the joins: else PostgreSQL starts parallel workers for each read, or merges from the beginning.
  const statement = `select s.sequence, s.record_id, s.salt, s.personal, s.content, s.hash, s.mac, ${recordColumns(fork)},
      x.salt as redaction_salt, x.digest as redaction_digest
    from (select * from audit_seals where sequence > ? order by sequence limit ${RECORDS_PER_READ}) as s
    left join audit_records r on r.id = s.record_id
    left join audit_redactions x on x.record_id = s.record_id and x.salt is not null
      and exists (select 1 from audit_records y where y.id = x.redaction_id)
    order by s.sequence`;
  for (let next = after; ;) {
    signal?.throwIfAborted();
    const rows = await fork.execute<Row[]>(statement, [next]);
    for (const row of rows) yield sealedRow(row);
    if (rows.length < RECORDS_PER_READ) return;
    next = Number(rows.at(-1)!.sequence);
    await setImmediate();
  }
}

function sealedRow(row: Row): SealedRow {
  const { redaction_salt: salt, redaction_digest: digest } = row;
  return {
    sequence: Number(row.sequence),
    recordId: row.record_id,
    salt: row.salt && Buffer.from(row.salt),
    personal: Buffer.from(row.personal),
    content: Buffer.from(row.content),
    hash: Buffer.from(row.hash),
    mac: Buffer.from(row.mac),
    record: row.id === null ? undefined : recordOf(row),
    redaction:
      salt && digest ? { salt: Buffer.from(salt), digest: Buffer.from(digest) } : undefined,
  };
}
