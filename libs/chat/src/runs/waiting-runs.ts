import { parseExactJson } from '@app/mcp';
import { sharedMoment, type Statement } from '@app/persistence';
import { EntityManager, LockMode } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { Decisions } from '../approvals/approval-request.js';
import { Approval } from '../approvals/approval.entity.js';
import { RunSuspension } from '../approvals/run-suspension.entity.js';
import { chatConfig } from '../chat.config.js';
import type { EngineName, Suspension } from '../engine/engine.js';
import type { NumberedPart } from '../events/message-part.js';
import { type WrittenAnswer, writtenAnswer } from '../events/written-answer.js';
import { Conversation } from '../ownership/conversation.entity.js';
import { Run } from '../ownership/run.entity.js';
import { ChatUsage } from '../usage/chat-usage.entity.js';
import { ACTIVE_ACCOUNT_SQL } from './active-account.js';
import { ActiveRuns } from './active-runs.js';
import { isDecided, type WaitingEnd } from './due-runs.js';
import { endRun } from './end-run.js';
import { LEASE_MS } from './run-leases.js';
import type { BegunRun } from './run-store.js';

const INSERT_PART = 'insert into run_events (run_id, seq, part) values (?, ?, ?)';

/** A run that goes on, and all that it needs. */
export interface ResumedRun {
  readonly run: BegunRun;
  readonly profileId: string;
  readonly message: string;
  readonly engine: EngineName;
  readonly state: unknown;
  readonly approvals: readonly Approval[];
  readonly decisions: Decisions;
  readonly written: WrittenAnswer;
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

  /** When approvals that are asked for now expire. */
  expiry(from: Date): Date {
    return new Date(from.getTime() + this.config.approvalExpiry);
  }

  /**
   * Has a run of this process wait: all that it needs is durable, with the parts that tell of it, and the process holds
   * nothing of it any more. False for a run that has been given up, or deleted: nothing is stored then.
   */
  async suspend(
    { id, conversationId }: Pick<BegunRun, 'id' | 'conversationId'>,
    { engine, state }: Suspension,
    approvals: readonly Approval[],
    parts: readonly NumberedPart[],
    audit?: Statement,
  ): Promise<boolean> {
    const isDone = await this.locked(conversationId, async (em) => {
      const isSuspended = await changes(
        em,
        `update runs set status = 'waiting_for_approval', instance_id = null
         where id = ? and status = 'running' and instance_id = ?`,
        [id, this.active.instanceId],
      );
      if (!isSuspended) return false;
      const createdAt = new Date();
      await em.insert(RunSuspension, {
        runId: id,
        engine,
        state: JSON.stringify(state),
        createdAt,
      });
      await em.insertMany(Approval, [...approvals]);
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
      const decided = isDecided(em, 'runs.id', this.config.approvalExpiry);
      const { instanceId } = this.active;
      const isClaimed = await changes(
        em,
        `update runs set status = 'running', instance_id = ?, deadline_at = ${deadline.sql}
         where id = ? and status = 'waiting_for_approval' and cancel_requested_at is null
           and ${decided.sql}
           and exists (select 1 from accounts where id = ? and ${ACTIVE_ACCOUNT_SQL})`,
        [instanceId, ...deadline.values, runId, ...decided.values, accountId, new Date()],
      );
      if (!isClaimed) return undefined;
      await em.nativeDelete(RunSuspension, { runId });
      const approvals = await em.find(Approval, { runId }, { orderBy: { createdAt: 'asc' } });
      return {
        run: { id: runId, conversationId, publicConversationId: conversation.publicId, accountId },
        profileId: conversation.profileId,
        message: await messageOf(em, runId),
        engine: suspension.engine,
        state: parseExactJson(suspension.state),
        approvals,
        decisions: decisionsOf(approvals),
        written: await writtenAnswer(em, runId),
      };
    });
  }

  /** Ends a run that waits, with what of its answer has been seen. Returns whose it was; undefined unless that is due. */
  async end(runId: string, reason: WaitingEnd): Promise<string | undefined> {
    const owned = await this.find(runId);
    if (!owned) return undefined;
    const { conversationId, accountId } = owned;
    const isEnded = await this.locked(conversationId, async (em) => {
      const now = sharedMoment(em);
      const isDue = `state = 'pending' and (? = 'withdrawn' or expires_at <= ${now.sql})`;
      const isAny = await changes(
        em,
        `update run_approvals set state = ? where run_id = ? and ${isDue}`,
        [reason, runId, reason, ...now.values],
      );
      if (reason === 'expired' && !isAny && !(await this.isTooLate(em, runId))) return false;
      if ((await em.nativeDelete(RunSuspension, { runId })) === 0) return false;
      const { text: answer } = await writtenAnswer(em, runId);
      // Before the run, as everywhere.
      await em.findOne(ChatUsage, { accountId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      const from = 'waiting_for_approval';
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
          ? ({ status: 'failed', errorCode: 'approval_expired' } as const)
          : ({ status: 'cancelled', errorCode: null } as const);
      for (const { sql, values, needs } of endRun({ ...end, ...outcome }).sqlite()) {
        const isFound = await changes(em, sql, values);
        if (needs && !isFound) return false;
      }
      return true;
    });
    return isEnded ? accountId : undefined;
  }

  /** Whether nothing is to be decided any more, and no decision counts. */
  private async isTooLate(em: SqlEntityManager, runId: string): Promise<boolean> {
    const decided = isDecided(em, 'runs.id', this.config.approvalExpiry);
    const rows = await em.execute(
      `select 1 from runs where id = ? and not ${decided.sql}
         and not exists (select 1 from run_approvals where run_id = runs.id and state = 'pending')`,
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

async function messageOf(em: SqlEntityManager, runId: string): Promise<string> {
  const rows = await em.execute<{ content: string }[]>(
    `select content from messages where run_id = ? and role = 'user'`,
    [runId],
  );
  return rows[0]?.content ?? '';
}

function decisionsOf(approvals: readonly Approval[]): Decisions {
  return new Map(
    approvals.map(({ callId, tool, state, argumentsDigest, definitionDigest }) => [
      callId,
      { tool, isApproved: state === 'approved', argumentsDigest, definitionDigest },
    ]),
  );
}
