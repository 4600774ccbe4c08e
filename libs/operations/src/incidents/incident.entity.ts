import { defineEntity, p } from '@mikro-orm/core';
import type { IncidentKind, IncidentSeverity } from './incident-kind.js';
import type { IncidentPhase } from './incident-phase.js';

const IncidentSchema = defineEntity({
  name: 'Incident',
  tableName: 'incidents',
  properties: {
    id: p.uuid().primary(),
    kind: p.text().$type<IncidentKind>(),
    title: p.text(),
    severity: p.text().$type<IncidentSeverity>().nullable(),
    summary: p.text().nullable(),
    phase: p.text().$type<IncidentPhase>(),
    openedAt: p.datetime(3),
    /** Null: by a command on the server, or by a rule. */
    openedBy: p.uuid().nullable(),
    changedAt: p.datetime(3),
    closedAt: p.datetime(3).nullable(),
    lessons: p.text().nullable(),
    /** How long its timeline is: the number of the last entry. */
    entryCount: p.integer(),
  },
});

/** Something that went wrong, from its detection to what was learned of it. */
export class Incident extends IncidentSchema.class {}
IncidentSchema.setClass(Incident);
