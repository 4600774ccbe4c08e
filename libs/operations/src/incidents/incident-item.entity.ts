import { defineEntity, p } from '@mikro-orm/core';
import type { ChecklistPhase } from './incident-phase.js';
import type { ItemState } from './item-state.js';

const IncidentItemSchema = defineEntity({
  name: 'IncidentItem',
  tableName: 'incident_items',
  properties: {
    id: p.uuid().primary(),
    incidentId: p.uuid(),
    phase: p.text().$type<ChecklistPhase>(),
    position: p.integer(),
    text: p.text(),
    state: p.text().$type<ItemState>(),
    note: p.text().nullable(),
    settledAt: p.datetime(3).nullable(),
    settledBy: p.uuid().nullable(),
  },
});

/** One thing to do before a phase is over. */
export class IncidentItem extends IncidentItemSchema.class {}
IncidentItemSchema.setClass(IncidentItem);
