import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable, Logger } from '@nestjs/common';
import { RecurringJob } from '../recurring-job.js';
import type { ChangeTopic } from './change-topic.js';

/** A change takes this time, one statement for the counters and one for its rows: far less than the second that is promised. Milliseconds. */
const LOOK_INTERVAL_MS = 250;

const COUNTERS_SQL = 'select topic, version from change_counters';

/** The counter of a topic that has never been changed. */
const NEVER = '0';

/** What reads the rows of a topic. */
interface Follower {
  readonly topic: ChangeTopic;
  /** Called with each look. */
  tell(version: string): void;
}

/** Looks for changes of other instances: one statement for all topics. While the database is away nothing is told. */
@Injectable()
export class ChangeLookJob extends RecurringJob {
  protected readonly log = new Logger('Changes');
  private readonly followers = new Set<Follower>();
  private isReadable = true;

  constructor(private readonly em: EntityManager) {
    super(LOOK_INTERVAL_MS, 'changes.unread');
  }

  follow(follower: Follower): void {
    this.followers.add(follower);
  }

  protected async run(): Promise<void> {
    if (this.followers.size === 0) return;
    const counters = await this.counters();
    if (!counters) return;
    for (const follower of this.followers) follower.tell(counters.get(follower.topic) ?? NEVER);
  }

  private async counters(): Promise<ReadonlyMap<string, string> | undefined> {
    try {
      const em = this.em.fork() as SqlEntityManager;
      const rows = await em.execute<{ topic: string; version: unknown }[]>(COUNTERS_SQL);
      this.noteReadable(true);
      // PostgreSQL has such numbers as texts.
      return new Map(rows.map(({ topic, version }) => [topic, String(version)]));
    } catch (err) {
      this.noteReadable(false, err);
      return undefined;
    }
  }

  /** Once per outage. */
  private noteReadable(isReadable: boolean, err?: unknown): void {
    if (isReadable === this.isReadable) return;
    this.isReadable = isReadable;
    if (isReadable) this.log.log({ event: 'changes.read' });
    else this.log.error({ event: 'changes.unread', err });
  }
}
