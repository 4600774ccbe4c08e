import { RecurringJob } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { chatConfig } from '../chat.config.js';
import { RunInput } from '../inputs/run-input.entity.js';
import { Run } from '../ownership/run.entity.js';
import { deleteRunEvents } from '../ownership/delete-run-events.js';

/** How often it is looked for logs that need not be kept any more. Milliseconds. */
const SWEEP_INTERVAL_MS = 60_000;

/** Readers may still be reading what has only just expired. Milliseconds. */
const GRACE_MS = 60_000;

/** How many runs one look finds. */
const RUNS_PER_LOOK = 50;

/** Deletes the logs of runs that ended longer ago than `RUN_EVENTS_KEPT`, and their forms. Their answers stay. */
@Injectable()
export class ExpiredEventsJob extends RecurringJob {
  protected readonly log = new Logger('Runs');

  constructor(
    private readonly em: EntityManager,
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
  ) {
    super(SWEEP_INTERVAL_MS, 'chat.events.undeleted');
  }

  protected run(): Promise<void> {
    return this.inSteps(RUNS_PER_LOOK, () => this.deleteSome());
  }

  private async deleteSome(): Promise<number> {
    const em = this.em.fork() as SqlEntityManager;
    const before = new Date(Date.now() - this.config.eventsKept - GRACE_MS);
    const runs = await em.find(
      Run,
      { log: 'kept', finishedAt: { $lt: before } },
      { fields: ['id'], orderBy: { finishedAt: 'asc' }, limit: RUNS_PER_LOOK },
    );
    if (runs.length === 0) return 0;
    const ids = runs.map(({ id }) => id);
    const places = ids.map(() => '?').join(', ');
    await deleteRunEvents(em, `run_id in (${places})`, ids, this.shutdown.signal);
    // Of what tools have asked the words stay, and what became of it: no one fills in a form any more.
    await em.nativeUpdate(RunInput, { runId: { $in: ids } }, { fields: null, url: null });
    await em.nativeUpdate(Run, { id: { $in: ids } }, { log: 'deleted' });
    return runs.length;
  }
}
