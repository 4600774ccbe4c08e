import { Injectable } from '@nestjs/common';
import { v7 } from 'uuid';
import { AuditKeysService } from '../audit-keys/audit-keys.service.js';
import type { AuditEntry } from './audit-trail.js';
import { type RecordContent, recordText } from './record-digest.js';

/** A record as it is inserted. */
export type NewRecord = RecordContent & { readonly mac: Buffer };

const INSERT = `insert into audit_records
  (id, occurred_at, actor_id, action, object_type, object_id, outcome, ip, request_id, mac)
  select ?, ?, ?, ?, ?, ?, ?, ?, ?, ?`;

/** Makes records of entries, each with what tells it from one that was written into the table by other hands. */
@Injectable()
export class AuditRecordFactory {
  constructor(private readonly keys: AuditKeysService) {}

  make(entry: AuditEntry): NewRecord {
    // Before the id, by which records are found: none is found before the time that it tells.
    const occurredAt = Date.now();
    const record = {
      id: v7(),
      occurredAt,
      // As the database gives it back.
      actorId: entry.actorId?.toLowerCase() ?? null,
      action: entry.action,
      objectType: entry.objectType ?? null,
      objectId: entry.objectId ?? null,
      outcome: entry.outcome,
      ip: entry.ip,
      requestId: entry.requestId,
    };
    return { ...record, mac: this.keys.mac(recordText(record)) };
  }

  /** Inserts one record, as a part of a larger write. */
  statement(entry: AuditEntry): {
    readonly sql: string;
    readonly values: readonly (string | Date | Buffer | null)[];
  } {
    const { id, occurredAt, actorId, action, objectType, objectId, outcome, ip, requestId, mac } =
      this.make(entry);
    const object = [objectType, objectId];
    const values = [id, new Date(occurredAt), actorId, action, ...object, outcome];
    return { sql: INSERT, values: [...values, ip, requestId, mac] };
  }
}
