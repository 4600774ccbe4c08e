import { defineEntity, p } from '@mikro-orm/core';

export const ENTRY_KINDS = [
  'opened',
  'event',
  'assessed',
  'phase_changed',
  'note',
  'accounts_added',
  'account_removed',
  'action',
  'item_added',
  'item_settled',
  'item_reopened',
  'closed',
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

const IncidentEntrySchema = defineEntity({
  name: 'IncidentEntry',
  tableName: 'incident_entries',
  properties: {
    incidentId: p.uuid().primary(),
    /** From 1, without a gap. */
    number: p.integer().primary(),
    occurredAt: p.datetime(3),
    kind: p.text().$type<EntryKind>(),
    actorId: p.uuid().nullable(),
    /** What it is about: an action with its target, an item, a phase. */
    subject: p.text().nullable(),
    /** How an action ended: `succeeded`, or an error code. */
    outcome: p.text().nullable(),
    text: p.text(),
  },
});

/** One line of the timeline of an incident. Written once, never changed. */
export class IncidentEntry extends IncidentEntrySchema.class {}
IncidentEntrySchema.setClass(IncidentEntry);
