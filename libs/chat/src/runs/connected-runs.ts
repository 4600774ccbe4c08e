import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { ChatError } from '../chat.error.js';
import { ApprovalService } from './approval.service.js';

/** Most runs of one person that go on at once. The others do when it is told again. */
const MAX_RUNS = 50;

/** How much one look finds of what is waited for. */
const CONNECTIONS_PER_LOOK = 200;

/** What a person has not connected, and a run waits for. */
interface AwaitedConnection {
  readonly accountId: string;
  readonly connectionId: string;
}

/** Before all of them. */
const FIRST: AwaitedConnection = {
  accountId: '00000000-0000-0000-0000-000000000000',
  connectionId: '',
};

/** Goes on with the runs of a person that wait for a connection. */
@Injectable()
export class ConnectedRuns {
  constructor(
    private readonly em: EntityManager,
    private readonly approvals: ApprovalService,
  ) {}

  /** Some of what is waited for, behind the one before. */
  awaited({ accountId, connectionId }: AwaitedConnection = FIRST): Promise<AwaitedConnection[]> {
    return (this.em.fork() as SqlEntityManager).execute<AwaitedConnection[]>(
      `select distinct c.account_id as "accountId", i.connection_id as "connectionId"
       from run_inputs i join runs r on r.id = i.run_id join conversations c on c.id = r.conversation_id
       where i.state = 'pending' and i.connection_id is not null and c.deleted_at is null
         and (c.account_id > ? or (c.account_id = ? and i.connection_id > ?))
       order by c.account_id, i.connection_id limit ${CONNECTIONS_PER_LOOK}`,
      [accountId, accountId, connectionId],
    );
  }

  async connected(accountId: string, connectionId: string): Promise<void> {
    const em = this.em.fork() as SqlEntityManager;
    const waiting = await em.execute<{ runId: string; inputId: string }[]>(
      `select i.run_id as "runId", i.input_id as "inputId" from run_inputs i
       join runs r on r.id = i.run_id join conversations c on c.id = r.conversation_id
       where i.connection_id = ? and i.state = 'pending' and c.account_id = ?
       order by i.created_at limit ${MAX_RUNS}`,
      [connectionId, accountId],
    );
    for (const { runId, inputId } of waiting) {
      await this.approvals
        .answer(accountId, runId, { inputId, action: 'accept' })
        .catch((error: unknown) => {
          // It has ended since, or the person was faster.
          if (!(error instanceof ChatError)) throw error;
        });
    }
  }
}
