import { RecurringJob } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable, Logger } from '@nestjs/common';
import { RunWatchers } from './run-watchers.js';

/** How often the logs of runs are looked at that another process works on. Milliseconds. */
const LOOK_INTERVAL_MS = 200;

/** The most runs that one statement looks at. */
const RUNS_PER_READ = 500;

interface Progress {
  readonly id: string;
  readonly has_ended: boolean | number;
  readonly is_paused: boolean | number;
  readonly last: number | null;
}

/**
 * Wakes the watchers of runs that another process works on, or worked on until it died: one statement for all of them,
 * and none while there are none. It needs no channel between instances but the database that has the logs.
 */
@Injectable()
export class RemoteRunsJob extends RecurringJob {
  protected readonly log = new Logger('Runs');
  private isLocal: (runId: string) => boolean = () => false;

  constructor(
    private readonly em: EntityManager,
    private readonly watchers: RunWatchers,
  ) {
    super(LOOK_INTERVAL_MS, 'chat.logs.unread');
  }

  /** Tells the runs whose watchers this process wakes by itself. */
  exclude(isLocal: (runId: string) => boolean): void {
    this.isLocal = isLocal;
  }

  protected async run(): Promise<void> {
    const runs = this.watchers.runs().filter((id) => !this.isLocal(id));
    for (let from = 0; from < runs.length; from += RUNS_PER_READ) {
      await this.look(runs.slice(from, from + RUNS_PER_READ));
    }
  }

  private async look(runs: readonly string[]): Promise<void> {
    const rows = await (this.em.fork() as SqlEntityManager).execute<Progress[]>(
      `select id, finished_at is not null as has_ended, status in ('waiting_for_approval', 'waiting_for_input') as is_paused,
         (select max(seq) from run_events where run_id = runs.id) as last
       from runs where id in (${runs.map(() => '?').join(', ')})`,
      [...runs],
    );
    const progress = new Map(rows.map((row) => [row.id, row]));
    for (const runId of runs) {
      const row = progress.get(runId);
      for (const watcher of this.watchers.of(runId)) {
        const isBehind = (row?.last ?? 0) > watcher.cursor;
        const isPause = row?.is_paused && watcher.wantsPauses;
        if (!row || row.has_ended || isBehind || isPause) watcher.wake();
      }
    }
  }
}
