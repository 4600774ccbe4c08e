import { parseExactJson } from '@app/mcp';
import { sharedMoment, type Statement } from '@app/persistence';
import { EntityManager, LockMode } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Approval } from '../approvals/approval.entity.js';
import { RunSuspension, type WaitsFor } from '../approvals/run-suspension.entity.js';
import { chatConfig } from '../chat.config.js';
import type { Suspension } from '../engine/engine.js';
import type { NumberedPart } from '../events/message-part.js';
import { writtenAnswer } from '../events/written-answer.js';
import { answersOf, takeAnswers } from '../inputs/taken-answers.js';
import { RunInput } from '../inputs/run-input.entity.js';
import { Conversation } from '../ownership/conversation.entity.js';
import { Run } from '../ownership/run.entity.js';
import { ChatUsage } from '../usage/chat-usage.entity.js';
import { ACTIVE_ACCOUNT_SQL } from './active-account.js';
import { ActiveRuns } from './active-runs.js';
import { isDecided, type WaitingEnd } from './due-runs.js';
import { endRun } from './end-run.js';
import { LEASE_MS } from './run-leases.js';
import { decisionsOf, messageOf, type ResumedRun } from './resumed-run.js';
import type { BegunRun } from './run-store.js';

const INSERT_PART = 'insert into run_events (run_id, seq, part) values (?, ?, ?)';

/** What the person is asked. */
export interface Questions {
  readonly approvals: readonly Approval[];
  readonly inputs: readonly RunInput[];
}

/**
 * Runs that wait for the person: rows, and nothing else. Each change holds the lock of the conversation, so that of a
 * decision, a cancellation and the end of the time exactly one comes first, on whatever instance.
 */
@Injectable()
export class WaitingRuns {
  constructor(
    private readonly em: EntityManager,
    private readonly active: ActiveRuns,
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
  ) {}

  /** When what is asked now expires. */
  expiry(from: Date, waitsFor: WaitsFor): Date {
    const { approvalExpiry, inputExpiry } = this.config;
    return new Date(from.getTime() + (waitsFor === 'approval' ? approvalExpiry : inputExpiry));
  }

  /**
   * Has a run of this process wait: all that it needs is durable, with the parts that tell of it, and the process holds
   * nothing of it any more. False for a run that has been given up, or deleted: nothing is stored then.
   */
  async suspend(
    { id, conversationId }: Pick<BegunRun, 'id' | 'conversationId'>,
    { engine, state }: Suspension,
    { approvals, inputs }: Questions,
    parts: readonly NumberedPart[],
    audit?: Statement,
  ): Promise<boolean> {
    const waitsFor = inputs.length > 0 ? 'input' : 'approval';
    const isDone = await this.locked(conversationId, async (em) => {
      const isSuspended = await changes(
        em,
        `update runs set status = ?, instance_id = null, log = 'kept'
         where id = ? and status = 'running' and instance_id = ?`,
        [`waiting_for_${waitsFor}`, id, this.active.instanceId],
      );
      if (!isSuspended) return false;
      const createdAt = new Date();
      await em.insert(RunSuspension, {
        runId: id,
        waitsFor,
        engine,
        state: JSON.stringify(state),
        createdAt,
      });
      if (approvals.length > 0) await em.insertMany(Approval, [...approvals]);
      if (inputs.length > 0) await em.insertMany(RunInput, [...inputs]);
      for (const { seq, part } of parts) {
        await em.execute(INSERT_PART, [id, seq, part], 'run');
      }
      if (audit) await em.execute(audit.sql, [...audit.values], 'run');
      return true;
    });
    return isDone ?? false;
  }

  /** Takes a run over to go on with it here; undefined unless it waits, and all has been decided lately. */
  async claim(runId: string): Promise<ResumedRun | undefined> {
    const owned = await this.find(runId);
    if (!owned) return undefined;
    const { conversationId, accountId } = owned;
    return this.locked(conversationId, async (em, conversation) => {
      const suspension = await em.findOne(RunSuspension, { runId });
      if (!suspension) return undefined;
      const deadline = sharedMoment(em, LEASE_MS);
      const decided = isDecided(em, 'runs.id', this.config);
      const { instanceId } = this.active;
      const isClaimed = await changes(
        em,
        `update runs set status = 'running', instance_id = ?, deadline_at = ${deadline.sql}
         where id = ? and status = ? and cancel_requested_at is null
           and ${decided.sql}
           and exists (select 1 from accounts where id = ? and ${ACTIVE_ACCOUNT_SQL})`,
        [
          instanceId,
          ...deadline.values,
          runId,
          `waiting_for_${suspension.waitsFor}`,
          ...decided.values,
          accountId,
          new Date(),
        ],
      );
      if (!isClaimed) return undefined;
      await em.nativeDelete(RunSuspension, { runId });
      const approvals = await em.find(Approval, { runId }, { orderBy: { createdAt: 'asc' } });
      const inputs = await takeAnswers(em, runId);
      return {
        run: { id: runId, conversationId, publicConversationId: conversation.publicId, accountId },
        profileId: conversation.profileId,
        message: await messageOf(em, runId),
        engine: suspension.engine,
        state: parseExactJson(suspension.state),
        approvals,
        inputs,
        words: {
          decisions: decisionsOf(approvals, this.config.approvalExpiry),
          answers: answersOf(inputs),
        },
        written: await writtenAnswer(em, runId),
      };
    });
  }

  /** Ends a run that waits, with what of its answer has been seen. Returns whose it was; undefined unless that is due. */
  async end(
    runId: string,
    reason: WaitingEnd,
  ): Promise<{ accountId: string; waitsFor: WaitsFor } | undefined> {
    const owned = await this.find(runId);
    if (!owned) return undefined;
    const { conversationId, accountId } = owned;
    const waitsFor = await this.locked(conversationId, async (em) => {
      const now = sharedMoment(em);
      const isDue = `state = 'pending' and (? = 'withdrawn' or expires_at <= ${now.sql})`;
      let isAny = false;
      for (const table of ['run_approvals', 'run_inputs']) {
        const sql = `update ${table} set state = ? where run_id = ? and ${isDue}`;
        if (await changes(em, sql, [reason, runId, reason, ...now.values])) isAny = true;
      }
      if (reason === 'expired' && !isAny && !(await this.isTooLate(em, runId))) return false;
      const suspension = await em.findOne(RunSuspension, { runId });
      if (!suspension) return false;
      await em.nativeDelete(RunSuspension, { runId });
      await takeAnswers(em, runId);
      const { text: answer } = await writtenAnswer(em, runId);
      // Before the run, as everywhere.
      await em.findOne(ChatUsage, { accountId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      const { waitsFor } = suspension;
      const from = `waiting_for_${waitsFor}` as const;
      const end = {
        id: runId,
        conversationId,
        accountId,
        from,
        answer,
        endedAt: new Date(),
      } as const;
      const outcome =
        reason === 'expired'
          ? ({ status: 'failed', errorCode: `${waitsFor}_expired` } as const)
          : ({ status: 'cancelled', errorCode: null } as const);
      for (const { sql, values, needs } of endRun({ ...end, ...outcome }).sqlite()) {
        const isFound = await changes(em, sql, values);
        if (needs && !isFound) return false;
      }
      return suspension.waitsFor;
    });
    return waitsFor ? { accountId, waitsFor } : undefined;
  }

  /** Whether nothing is to be decided any more, and no decision counts. */
  private async isTooLate(em: SqlEntityManager, runId: string): Promise<boolean> {
    const decided = isDecided(em, 'runs.id', this.config);
    const rows = await em.execute(
      `select 1 from runs where id = ? and not ${decided.sql}
         and not exists (select 1 from run_approvals where run_id = runs.id and state = 'pending')
         and not exists (select 1 from run_inputs where run_id = runs.id and state = 'pending')`,
      [runId, ...decided.values],
    );
    return rows.length > 0;
  }

  private async find(
    runId: string,
  ): Promise<{ conversationId: string; accountId: string } | undefined> {
    const em = this.em.fork();
    const run = await em.findOne(Run, { id: runId });
    const conversation = run && (await em.findOne(Conversation, { id: run.conversationId }));
    return conversation
      ? { conversationId: conversation.id, accountId: conversation.accountId }
      : undefined;
  }

  /** Undefined for a conversation that has been deleted. */
  private locked<T>(
    conversationId: string,
    change: (em: SqlEntityManager, conversation: Conversation) => Promise<T>,
  ): Promise<T | undefined> {
    return this.em.fork().transactional(async (em) => {
      const lockMode = LockMode.PESSIMISTIC_WRITE;
      const conversation = await em.findOne(Conversation, { id: conversationId }, { lockMode });
      return conversation ? change(em as SqlEntityManager, conversation) : undefined;
    });
  }
}

async function changes(
  em: SqlEntityManager,
  sql: string,
  values: readonly unknown[],
): Promise<boolean> {
  const { affectedRows } = await em.execute<{ affectedRows: number }>(sql, [...values], 'run');
  return affectedRows > 0;
}
