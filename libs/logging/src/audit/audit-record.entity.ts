import { defineEntity, p } from '@mikro-orm/core';

const AuditRecordSchema = defineEntity({
  name: 'AuditRecord',
  tableName: 'audit_records',
  properties: {
    id: p.uuid().primary(),
    occurredAt: p.datetime(3),
    actorId: p.uuid().nullable(),
    action: p.text(),
    objectType: p.text().nullable(),
    objectId: p.text().nullable(),
    /** `succeeded`, or the error code that the caller got. */
    outcome: p.text(),
    ip: p.text(),
    requestId: p.text(),
    /** Authenticates the record until it has its seal. Absent where it was written by an earlier release. */
    mac: p.blob().nullable().lazy(),
  },
});

/** Who did what to which object, and how it ended. Written once; only an erasure changes it. */
export class AuditRecord extends AuditRecordSchema.class {}
AuditRecordSchema.setClass(AuditRecord);
