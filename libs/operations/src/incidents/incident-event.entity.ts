import { defineEntity, p } from '@mikro-orm/core';
import type { SubjectType } from '../events/security-finding.js';

const IncidentEventSchema = defineEntity({
  name: 'IncidentEvent',
  tableName: 'incident_events',
  properties: {
    /** An event belongs to one incident. */
    eventId: p.uuid().primary(),
    incidentId: p.uuid(),
    rule: p.text(),
    /** A place in `SEVERITIES`. */
    severity: p.integer(),
    subjectType: p.text().$type<SubjectType>(),
    /** A pseudonym once the account is erased. */
    accountId: p.uuid().nullable(),
    address: p.text().nullable(),
    object: p.text().nullable(),
    /** JSON. */
    evidence: p.text(),
    count: p.integer(),
    firstSeenAt: p.datetime(3),
    lastSeenAt: p.datetime(3),
    linkedAt: p.datetime(3),
  },
});

/** A security event of an incident, as it was when it came to it. */
export class IncidentEvent extends IncidentEventSchema.class {}
IncidentEventSchema.setClass(IncidentEvent);
