import { isEmbeddedDatabase } from '@app/persistence';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { RecordContent } from '../audit/record-digest.js';

/** A record as these columns are read; none of them is there where the record is missing. */
export interface RecordRow {
  readonly id: string | null;
  readonly occurred_ms: number | string;
  readonly actor_id: string | null;
  readonly action: string;
  readonly object_type: string | null;
  readonly object_id: string | null;
  readonly outcome: string;
  readonly ip: string;
  readonly request_id: string;
}

/** The columns of records in the table `r`. */
export function recordColumns(em: SqlEntityManager): string {
  const occurredMs = millisecondsIn(em, 'r.occurred_at');
  return `r.id, ${occurredMs} as occurred_ms, r.actor_id, r.action, r.object_type, r.object_id, r.outcome, r.ip, r.request_id`;
}

/** A moment in milliseconds since 1970, as digests have it; PostgreSQL gives them as a text. */
export function millisecondsIn(em: SqlEntityManager, column: string): string {
  return isEmbeddedDatabase(em) ? column : `(extract(epoch from ${column}) * 1000)::bigint`;
}

export function recordOf(row: RecordRow): RecordContent {
  return {
    id: row.id!,
    occurredAt: Number(row.occurred_ms),
    actorId: row.actor_id,
    action: row.action,
    objectType: row.object_type,
    objectId: row.object_id,
    outcome: row.outcome,
    ip: row.ip,
    requestId: row.request_id,
  };
}
