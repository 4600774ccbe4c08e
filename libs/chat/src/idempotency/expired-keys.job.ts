import { RecurringJob } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable, Logger } from '@nestjs/common';

/** How often keys are looked for that need not be known any more. Milliseconds. */
const SWEEP_INTERVAL_MS = 600_000;

/** How long a key is known at least. Milliseconds. */
const KEY_RETENTION_MS = 24 * 3_600_000;

/** The most rows that one statement deletes. */
const ROWS_PER_DELETION = 500;

const DELETE_SOME = `delete from idempotency_keys where (account_id, key_digest) in (
  select account_id, key_digest from idempotency_keys
  where created_at < ? order by created_at limit ${ROWS_PER_DELETION}
)`;

/** Deletes the keys of messages that came longer ago than a day. Any instance does it for all. */
@Injectable()
export class ExpiredKeysJob extends RecurringJob {
  protected readonly log = new Logger('Runs');

  constructor(private readonly em: EntityManager) {
    super(SWEEP_INTERVAL_MS, 'chat.keys.undeleted');
  }

  protected run(): Promise<void> {
    return this.inSteps(ROWS_PER_DELETION, async () => {
      const em = this.em.fork() as SqlEntityManager;
      const before = new Date(Date.now() - KEY_RETENTION_MS);
      const { affectedRows } = await em.execute<{ affectedRows: number }>(
        DELETE_SOME,
        [before],
        'run',
      );
      return affectedRows;
    });
  }
}
