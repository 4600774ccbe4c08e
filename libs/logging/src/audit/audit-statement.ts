import { v7 } from 'uuid';
import type { AuditEntry } from './audit-trail.js';

const INSERT = `insert into audit_records
  (id, occurred_at, actor_id, action, object_type, object_id, outcome, ip, request_id)
  select ?, ?, ?, ?, ?, ?, ?, ?, ?`;

/** Inserts one record, as a part of a larger write. */
export function auditStatement(entry: AuditEntry): {
  readonly sql: string;
  readonly values: readonly (string | Date | null)[];
} {
  const { actorId, action, objectType, objectId, outcome, ip, requestId } = entry;
  const object = [objectType ?? null, objectId ?? null];
  const values = [v7(), new Date(), actorId ?? null, action, ...object, outcome, ip, requestId];
  return { sql: INSERT, values };
}
