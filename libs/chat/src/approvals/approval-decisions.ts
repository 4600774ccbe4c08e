import { sharedMoment } from '@app/persistence';
import { EntityManager, LockMode } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { ChatError } from '../chat.error.js';
import { Conversation } from '../ownership/conversation.entity.js';
import { ownedRun } from '../ownership/owned-run.js';
import { Approval } from './approval.entity.js';

/** What people decide, each once. */
@Injectable()
export class ApprovalDecisions {
  constructor(private readonly em: EntityManager) {}

  /**
   * The same decision may come again.
   *
   * @throws ChatError `run_not_found`, `approval_not_found`, `approval_decided`, `approval_expired`, `run_ended`
   */
  async decide(
    accountId: string,
    runId: string,
    callId: string,
    isApproved: boolean,
  ): Promise<void> {
    const { run } = await ownedRun(this.em.fork(), accountId, runId);
    const state = isApproved ? 'approved' : 'refused';
    await this.em.fork().transactional(async (em) => {
      // As everything that happens to a run that waits.
      const which = { id: run.conversationId, accountId };
      await em.findOne(Conversation, which, { lockMode: LockMode.PESSIMISTIC_WRITE });
      const approval = await em.findOne(Approval, { runId, callId });
      if (!approval) throw new ChatError('approval_not_found', 'There is nothing to approve here.');
      if (approval.state === state) return;
      if (approval.state === 'withdrawn') throw ChatError.runEnded();
      if (approval.state === 'expired') throw ChatError.failed('approval_expired');
      if (approval.state !== 'pending') {
        throw new ChatError('approval_decided', 'You have decided otherwise before.');
      }
      const now = sharedMoment(em);
      const { affectedRows } = await (em as SqlEntityManager).execute<{ affectedRows: number }>(
        `update run_approvals set state = ?, decided_at = ${now.sql}
         where run_id = ? and call_id = ? and expires_at > ${now.sql}`,
        [state, ...now.values, runId, callId, ...now.values],
        'run',
      );
      if (affectedRows === 0) throw ChatError.failed('approval_expired');
    });
  }

  /** What has been asked in a run, in order. */
  ofRun(runId: string): Promise<Approval[]> {
    return this.em
      .fork()
      .find(Approval, { runId }, { orderBy: { createdAt: 'asc', callId: 'asc' } });
  }
}
