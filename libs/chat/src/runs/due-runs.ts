import { sharedMoment, type Statement } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { type ChatConfig, chatConfig } from '../chat.config.js';
import { ACTIVE_ACCOUNT_SQL } from './active-account.js';

/** How many runs one look finds. */
const RUNS_PER_LOOK = 50;

/** Why a waiting run ends without going on. */
export type WaitingEnd = 'expired' | 'withdrawn';

/** A run that no longer has to wait. */
export interface DueRun {
  readonly id: string;
  readonly reason: WaitingEnd | 'decided';
}

interface DueRow {
  readonly id: string;
  readonly is_cancelled: boolean | number;
  readonly is_decided: boolean | number;
}

/** The runs that no longer have to wait. */
@Injectable()
export class DueRuns {
  constructor(
    private readonly em: EntityManager,
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
  ) {}

  /** Some of them. */
  async find(): Promise<DueRun[]> {
    const em = this.em.fork() as SqlEntityManager;
    const now = sharedMoment(em);
    const decided = isDecided(em, 'r.id', this.config);
    const rows = await em.execute<DueRow[]>(
      `select r.id, r.cancel_requested_at is not null as is_cancelled, ${decided.sql} as is_decided
       from run_suspensions s join runs r on r.id = s.run_id
       join conversations c on c.id = r.conversation_id
       join accounts u on u.id = c.account_id
       where c.deleted_at is null and (r.cancel_requested_at is not null
         or case when ${decided.sql} then ${ACTIVE_ACCOUNT_SQL} else not exists (
           select 1 from run_approvals p
           where p.run_id = r.id and p.state = 'pending' and p.expires_at > ${now.sql})
         and not exists (
           select 1 from run_inputs p
           where p.run_id = r.id and p.state = 'pending' and p.expires_at > ${now.sql}) end)
       limit ${RUNS_PER_LOOK}`,
      [...decided.values, ...decided.values, new Date(), ...now.values, ...now.values],
    );
    return rows.map(({ id, is_cancelled: isCancelled, is_decided: isDone }) => ({
      id,
      reason: isCancelled ? 'withdrawn' : isDone ? 'decided' : 'expired',
    }));
  }
}

/**
 * That all is decided of what a run has asked, as a condition. A decision counts for as long as a person may take for it:
 * what was approved days ago is not done now.
 */
export function isDecided(
  em: EntityManager,
  runId: string,
  { approvalExpiry, inputExpiry }: Pick<ChatConfig, 'approvalExpiry' | 'inputExpiry'>,
): Statement {
  const approved = sharedMoment(em, -approvalExpiry);
  const answered = sharedMoment(em, -inputExpiry);
  return {
    sql: `(not exists (select 1 from run_approvals a where a.run_id = ${runId} and a.state = 'pending')
      and not exists (select 1 from run_inputs a where a.run_id = ${runId} and a.state = 'pending')
      and (exists (select 1 from run_approvals a where a.run_id = ${runId} and a.decided_at > ${approved.sql})
        or exists (select 1 from run_inputs a where a.run_id = ${runId} and a.decided_at > ${answered.sql})))`,
    values: [...approved.values, ...answered.values],
  };
}
