import type { ModelMessage } from '@app/models';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { runsOfBranch } from '../branches/branch.js';
import { Conversation } from '../ownership/conversation.entity.js';
import type { Turn } from './engine.js';

/** How much of a conversation is read for one answer: messages, and characters of each. */
const MESSAGES_READ = 60;
const CHARACTERS_READ = 16_000;

/** Of the account alone, whatever conversation the turn names. What was said while the run waited comes after it. */
const historyOf = (
  condition: string,
) => `select m.role, substr(m.content, 1, ${CHARACTERS_READ}) as content
  from messages m join conversations c on c.id = m.conversation_id
  where m.conversation_id = ? and c.account_id = ? and m.run_id < ? ${condition}
  order by m.id desc limit ${MESSAGES_READ}`;

interface HistoryRow {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** What was said in a conversation before a message, on its branch. */
@Injectable()
export class TurnHistory {
  constructor(private readonly em: EntityManager) {}

  /** The oldest first. */
  async before({ conversationId, accountId, runId }: Turn): Promise<ModelMessage[]> {
    const em = this.em.fork() as SqlEntityManager;
    const runs = await this.branchOf(em, conversationId, runId);
    const condition = runs ? `and m.run_id in (${runs.map(() => '?').join(', ')})` : '';
    const rows = await em.execute<HistoryRow[]>(historyOf(condition), [
      conversationId,
      accountId,
      runId,
      ...(runs ?? []),
    ]);
    return rows
      .toReversed()
      .map(({ role, content }) =>
        role === 'user' ? { role, text: content } : { role, text: content, calls: [] },
      );
  }

  /** Undefined where there is one branch only. */
  private async branchOf(em: SqlEntityManager, conversationId: string, runId: string) {
    const branched = await em.count(Conversation, { id: conversationId, branched: true });
    return branched > 0 ? runsOfBranch(em, runId, MESSAGES_READ) : undefined;
  }
}
