import { isEmbeddedDatabase } from '@app/persistence';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { sqliteRows } from '../audit-chain/json-rows.js';

/** A record as it is from now on; salt and digest are in hexadecimal, and null where the record has no seal. */
export interface RedactedRow {
  readonly id: string;
  readonly actor_id: string | null;
  readonly object_id: string | null;
  readonly ip: string;
  readonly request_id: string;
  readonly salt: string | null;
  readonly digest: string | null;
}

const ROWS = sqliteRows({
  id: 'uuid',
  actor_id: 'uuid',
  object_id: 'text',
  ip: 'text',
  request_id: 'text',
  salt: 'bytes',
  digest: 'bytes',
});

const IDS = `in (select value ->> 'id' from json_each(?))`;

/** PostgreSQL has a function for it, as the role of the service may change nothing itself: the same statements. */
export async function applyRedaction(
  em: SqlEntityManager,
  redactionId: string,
  rows: readonly RedactedRow[],
): Promise<void> {
  const list = JSON.stringify(rows);
  if (!isEmbeddedDatabase(em)) {
    await em.execute('select audit_redact(?::uuid, ?::jsonb)', [redactionId, list]);
    return;
  }
  const steps: [string, unknown[]][] = [
    [
      `update audit_records set actor_id = n.actor_id, object_id = n.object_id, ip = n.ip,
       request_id = n.request_id, mac = null from ${ROWS.from} where audit_records.id = n.id`,
      [list],
    ],
    [`update audit_seals set salt = null where record_id ${IDS}`, [list]],
    [`update audit_redactions set salt = null where record_id ${IDS}`, [list]],
    [
      `insert into audit_redactions (redaction_id, record_id, salt, digest)
       select ?, n.id, n.salt, n.digest from ${ROWS.from} where n.digest is not null`,
      [redactionId, list],
    ],
  ];
  for (const [sql, values] of steps) await em.execute(sql, values, 'run');
}
