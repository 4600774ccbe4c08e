import { defineEntity, p } from '@mikro-orm/core';

const RunSuspensionSchema = defineEntity({
  name: 'RunSuspension',
  tableName: 'run_suspensions',
  properties: {
    runId: p.uuid().primary(),
    engine: p.text().$type<'direct' | 'model'>(),
    /** JSON of what the engine wrote down for itself. */
    state: p.text(),
    createdAt: p.datetime(3),
  },
});

/** What a run needs to go on. It is there exactly as long as the run waits: who deletes it, goes on or ends the run. */
export class RunSuspension extends RunSuspensionSchema.class {}
RunSuspensionSchema.setClass(RunSuspension);
