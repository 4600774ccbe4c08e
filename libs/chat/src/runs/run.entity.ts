import { defineEntity, p } from '@mikro-orm/core';

/** `interrupted`: the process that worked on it died. Safe to send again. */
export type RunStatus = 'running' | 'succeeded' | 'failed' | 'interrupted';

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
    /** By then it has ended, or whoever worked on it is gone. */
    deadlineAt: p.datetime(3),
    finishedAt: p.datetime(3).nullable(),
  },
});

/** The way of one message to its answer. */
export class Run extends RunSchema.class {}
RunSchema.setClass(Run);
