import { sharedMoment } from '@app/persistence';
import { EntityManager, LockMode } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { RunInput } from '../inputs/run-input.entity.js';
import { withdrawInputs } from '../inputs/taken-answers.js';
import { Conversation } from '../ownership/conversation.entity.js';
import { ACTIVE_ACCOUNT_SQL } from './active-account.js';
import { ActiveRuns } from './active-runs.js';
import type { BegunRun } from './run-store.js';

/** How many questions one statement looks at. */
const QUESTIONS_PER_READ = 250;

/** How a question fares. */
export interface HeldInputState {
  readonly runId: string;
  readonly inputId: string;
  readonly end: InputEnd | undefined;
}

/** `done`: the server needs the person no more. */
export type InputEnd = 'decided' | 'done' | 'expired' | 'withdrawn';

interface InputRow {
  readonly run_id: string;
  readonly input_id: string;
  readonly state: RunInput['state'];
  readonly is_late: boolean | number;
  readonly is_active: boolean | number;
}

/** The rows of questions for which this process holds a call open. The answer may come to any instance. */
@Injectable()
export class HeldInputRows {
  constructor(
    private readonly em: EntityManager,
    private readonly active: ActiveRuns,
  ) {}

  /** False for a run that has been given up, cancelled or deleted: nothing is asked then. */
  ask({ id, conversationId }: BegunRun, input: RunInput): Promise<boolean> {
    return this.locked(conversationId, async (em) => {
      const { affectedRows } = await em.execute<{ affectedRows: number }>(
        `update runs set status = 'waiting_for_input', log = 'kept'
         where id = ? and status in ('running', 'waiting_for_input') and instance_id = ?
           and finished_at is null and cancel_requested_at is null`,
        [id, this.active.instanceId],
        'run',
      );
      if (affectedRows > 0) await em.insert(RunInput, input);
      return affectedRows > 0;
    });
  }

  /**
   * Takes what has been answered, which is not kept any longer. What has not been is what `otherwise` says.
   * Returns the question as it is, with what was entered; undefined if it is gone.
   */
  async take(
    { id: runId, conversationId }: BegunRun,
    inputId: string,
    otherwise: 'accepted' | 'expired' | 'withdrawn',
  ): Promise<RunInput | undefined> {
    let input: RunInput | null = null;
    await this.locked(conversationId, async (em) => {
      const decidedAt = otherwise === 'accepted' ? new Date() : null;
      const pending = { runId, inputId, state: 'pending' } as const;
      await em.nativeUpdate(RunInput, pending, { state: otherwise, decidedAt });
      input = await em.findOne(RunInput, { runId, inputId });
      await em.nativeUpdate(RunInput, { runId, inputId }, { content: null });
      await em.execute(
        `update runs set status = 'running' where id = ? and status = 'waiting_for_input'
           and not exists (select 1 from run_inputs where run_id = runs.id and state = 'pending')`,
        [runId],
        'run',
      );
      return true;
    });
    return input ?? undefined;
  }

  /**
   * Has a run end that asks here: what is still asked is withdrawn. False for one that asks nothing here, such as one that
   * waits without a process.
   */
  letGo({ id, conversationId }: Pick<BegunRun, 'id' | 'conversationId'>): Promise<boolean> {
    return this.locked(conversationId, async (em) => {
      const { affectedRows } = await em.execute<{ affectedRows: number }>(
        `update runs set status = 'running'
         where id = ? and status = 'waiting_for_input' and instance_id = ? and finished_at is null`,
        [id, this.active.instanceId],
        'run',
      );
      if (affectedRows > 0) await withdrawInputs(em, id);
      return affectedRows > 0;
    });
  }

  /** Those of the runs, as far as they are still there. */
  async read(runIds: readonly string[]): Promise<HeldInputState[]> {
    const em = this.em.fork() as SqlEntityManager;
    const now = sharedMoment(em);
    const states: HeldInputState[] = [];
    for (let from = 0; from < runIds.length; from += QUESTIONS_PER_READ) {
      const ids = runIds.slice(from, from + QUESTIONS_PER_READ);
      const rows = await em.execute<InputRow[]>(
        `select i.run_id, i.input_id, i.state, i.expires_at <= ${now.sql} as is_late,
           exists (select 1 from accounts where id = c.account_id and ${ACTIVE_ACCOUNT_SQL}) as is_active
         from run_inputs i join runs r on r.id = i.run_id
         join conversations c on c.id = r.conversation_id
         where c.deleted_at is null and i.run_id in (${ids.map(() => '?').join(', ')})`,
        [...now.values, new Date(), ...ids],
      );
      states.push(...rows.map(stateOf));
    }
    return states;
  }

  private async locked(
    conversationId: string,
    change: (em: SqlEntityManager) => Promise<boolean>,
  ): Promise<boolean> {
    return this.em.fork().transactional(async (em) => {
      const lockMode = LockMode.PESSIMISTIC_WRITE;
      const conversation = await em.findOne(Conversation, { id: conversationId }, { lockMode });
      return conversation ? change(em as SqlEntityManager) : false;
    });
  }
}

function stateOf(row: InputRow): HeldInputState {
  return { runId: row.run_id, inputId: row.input_id, end: endOf(row) };
}

function endOf({ state, is_active: isActive, is_late: isLate }: InputRow): InputEnd | undefined {
  // Whatever an account that is disabled or to be erased has answered, nothing is done for it.
  if (!isActive || state === 'withdrawn') return 'withdrawn';
  if (state !== 'pending') return 'decided';
  return isLate ? 'expired' : undefined;
}
