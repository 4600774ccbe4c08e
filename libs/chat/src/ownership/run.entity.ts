import { defineEntity, p } from '@mikro-orm/core';

/**
 * - `queued`: it waits for its turn.
 * - `waiting_for_approval`, `waiting_for_input`: it waits for the person.
 * - `interrupted`: the process that worked on it died. Safe to send again.
 */
export const RUN_STATUSES = [
  'queued',
  'running',
  'waiting_for_approval',
  'waiting_for_input',
  'succeeded',
  'failed',
  'interrupted',
  'cancelled',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

export const WAITING_STATUSES: readonly RunStatus[] = ['waiting_for_approval', 'waiting_for_input'];

/**
 * Where the parts of its answer are.
 * - `none`: they are not kept, and follow from the stored answer.
 * - `kept`: in `run_events`.
 * - `deleted`: they were, and follow from the stored answer now.
 */
export type RunLogState = 'none' | 'kept' | 'deleted';

const RunSchema = defineEntity({
  name: 'Run',
  tableName: 'runs',
  properties: {
    id: p.uuid().primary(),
    conversationId: p.uuid(),
    status: p.text().$type<RunStatus>(),
    /** Why it failed, as the caller was told. */
    errorCode: p.text().nullable(),
    createdAt: p.datetime(3),
    /** Until then it counts as alive, and afterwards only while its instance does. */
    deadlineAt: p.datetime(3),
    finishedAt: p.datetime(3).nullable(),
    /** The process that works on it. */
    instanceId: p.uuid().nullable(),
    log: p.text().$type<RunLogState>(),
    /**
     * The run that it follows, or the conversation for one that follows none. Null in a conversation without branches for
     * runs of earlier versions and for the first one: they follow each other in the order of their ids.
     */
    parentId: p.uuid().nullable(),
    cancelRequestedAt: p.datetime(3).nullable(),
  },
});

/** The way of one message to its answer, which has the same id. */
export class Run extends RunSchema.class {}
RunSchema.setClass(Run);

/** Such a run ends when the person has decided, which may take long. */
export function waitsForPerson({ status }: Pick<Run, 'status'>): boolean {
  return WAITING_STATUSES.includes(status);
}
