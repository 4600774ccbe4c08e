import { RecurringJob } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { eventsConfig } from './events.config.js';

/** How often events are looked for that are too old. Milliseconds. */
const SWEEP_INTERVAL_MS = 3_600_000;

/** The most rows that one statement deletes. */
const ROWS_PER_DELETION = 500;

const DELETE_SOME = `delete from security_events where id in (
  select id from security_events where last_seen_at < ? order by last_seen_at limit ${ROWS_PER_DELETION}
)`;

/** Deletes events, and their notifications with them, after `EVENT_RETENTION`. Any instance does it for all. */
@Injectable()
export class ExpiredEventsJob extends RecurringJob {
  protected readonly log = new Logger('Events');

  constructor(
    private readonly em: EntityManager,
    @Inject(eventsConfig.KEY) private readonly config: ConfigType<typeof eventsConfig>,
  ) {
    super(SWEEP_INTERVAL_MS, 'security.events.undeleted');
  }

  protected run(): Promise<void> {
    const before = new Date(Date.now() - this.config.retention);
    return this.inSteps(ROWS_PER_DELETION, async () => {
      const em = this.em.fork() as SqlEntityManager;
      const { affectedRows } = await em.execute<{ affectedRows: number }>(
        DELETE_SOME,
        [before],
        'run',
      );
      return affectedRows;
    });
  }
}
