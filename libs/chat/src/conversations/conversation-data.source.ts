import { EntityManager, raw } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { ChatUsage } from '../usage/chat-usage.entity.js';
import { Run, WAITING_STATUSES } from '../ownership/run.entity.js';
import { Conversation } from '../ownership/conversation.entity.js';
import { deleteConversations } from './delete-conversations.js';
import { exportedConversations } from './exported-conversations.js';

/** How many conversations are deleted at once. */
const CONVERSATIONS_PER_STEP = 200;

/** For this long after its run has ended a call may still be written down. Milliseconds. */
const AFTERMATH_MS = 5_000;

/** The personal data in conversations. */
@Injectable()
export class ConversationDataSource {
  readonly tables: readonly string[] = [
    'conversations',
    'runs',
    'run_events',
    'run_suspensions',
    'run_approvals',
    'run_inputs',
    'cards',
    'card_files',
    'card_file_chunks',
    'idempotency_keys',
    'messages',
    'searched_messages',
    'chat_usage',
  ];

  constructor(private readonly em: EntityManager) {}

  /** The conversations, the oldest first, read page by page: their number has no bound. */
  exportOf(accountId: string): Promise<AsyncIterable<object>> {
    return Promise.resolve(exportedConversations(this.em.fork() as SqlEntityManager, accountId));
  }

  /** Whether a message of the person is being answered, or was a moment ago. */
  async isInUse(accountId: string): Promise<boolean> {
    const justNow = new Date(Date.now() - AFTERMATH_MS);
    const count = await this.em.fork().count(Run, {
      [raw('conversation_id in (select id from conversations where account_id = ?)', [accountId])]:
        [],
      $and: [
        // One that waits for the person is not worked on, and goes with its conversation, unless a call of it is open.
        { $or: [{ status: { $nin: [...WAITING_STATUSES] } }, { instanceId: { $ne: null } }] },
        { $or: [{ finishedAt: null }, { finishedAt: { $gt: justNow } }] },
      ],
    });
    return count > 0;
  }

  async erase(accountId: string): Promise<void> {
    for (;;) {
      const em = this.em.fork() as SqlEntityManager;
      const some = await em.find(
        Conversation,
        { accountId },
        { limit: CONVERSATIONS_PER_STEP, fields: ['id'], filters: false },
      );
      if (some.length === 0) break;
      await deleteConversations(
        em,
        some.map(({ id }) => id),
      );
    }
    await this.em.fork().nativeDelete(ChatUsage, { accountId });
  }
}
