import { defineEntity, p } from '@mikro-orm/core';
import type { ContainmentType } from './containment-type.js';

export type ActionState = 'running' | 'succeeded' | 'failed';

const IncidentActionSchema = defineEntity({
  name: 'IncidentAction',
  tableName: 'incident_actions',
  properties: {
    incidentId: p.uuid().primary(),
    /** Type and target: the same action is done once, however often it is asked for. */
    actionKey: p.text().primary(),
    type: p.text().$type<ContainmentType>(),
    target: p.text().nullable(),
    state: p.text().$type<ActionState>(),
    errorCode: p.text().nullable(),
    /** What it made: a block, a key. */
    resultId: p.text().nullable(),
    attempts: p.integer(),
    startedAt: p.datetime(3),
    endedAt: p.datetime(3).nullable(),
    actorId: p.uuid().nullable(),
  },
});

/** One thing that was done to contain an incident, and how its last attempt ended. */
export class IncidentAction extends IncidentActionSchema.class {}
IncidentActionSchema.setClass(IncidentAction);
