import { defineEntity, p } from '@mikro-orm/core';
import type { SubjectType } from './security-finding.js';

/** What was done to the address of an event: `shared` and `spared` ones are left alone, `failed` could not be blocked. */
export type Containment = 'blocked' | 'shared' | 'spared' | 'failed';

const SecurityEventSchema = defineEntity({
  name: 'SecurityEvent',
  tableName: 'security_events',
  properties: {
    id: p.uuid().primary(),
    rule: p.text(),
    /** A place in `SEVERITIES`. */
    severity: p.integer(),
    subjectType: p.text().$type<SubjectType>(),
    accountId: p.uuid().nullable(),
    address: p.text().nullable(),
    /** The tool, as `profile/server/tool`. */
    object: p.text().nullable(),
    /** JSON. */
    evidence: p.text(),
    count: p.integer(),
    firstSeenAt: p.datetime(3),
    lastSeenAt: p.datetime(3),
    /** The process that found it first. */
    instance: p.text(),
    containment: p.text().$type<Containment>().nullable(),
    containedUntil: p.datetime(3).nullable(),
    acknowledgedAt: p.datetime(3).nullable(),
    acknowledgedBy: p.uuid().nullable(),
    /** Rule and subject, while further findings are folded into this row. */
    openKey: p.text().nullable(),
  },
});

/** Findings of one rule about one subject: one row, however often it is found. */
export class SecurityEvent extends SecurityEventSchema.class {}
SecurityEventSchema.setClass(SecurityEvent);
