import { defineEntity, p } from '@mikro-orm/core';

/** What the person is to do: the run has the status `waiting_for_…` of it meanwhile. */
export type WaitsFor = 'approval' | 'input';

const RunSuspensionSchema = defineEntity({
  name: 'RunSuspension',
  tableName: 'run_suspensions',
  properties: {
    runId: p.uuid().primary(),
    waitsFor: p.text().$type<WaitsFor>(),
    engine: p.text().$type<'direct' | 'model'>(),
    /** JSON of what the engine wrote down for itself. */
    state: p.text(),
    createdAt: p.datetime(3),
  },
});

/** What a run needs to go on. It is there exactly as long as the run waits: who deletes it, goes on or ends the run. */
export class RunSuspension extends RunSuspensionSchema.class {}
RunSuspensionSchema.setClass(RunSuspension);
