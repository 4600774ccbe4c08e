import { RecurringJob } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable, Logger } from '@nestjs/common';
import { Conversation } from '../ownership/conversation.entity.js';
import { deleteConversations } from './delete-conversations.js';

/** How often conversations are looked for whose deletion an instance has not finished. Milliseconds. */
const SWEEP_INTERVAL_MS = 60_000;

/** How many conversations one look finds. */
const CONVERSATIONS_PER_LOOK = 50;

/**
 * Deletes what is left of conversations that are too long to be deleted by one statement. Each of them is marked as
 * deleted by then. What a process leaves unfinished, any instance finishes.
 */
@Injectable()
export class DeletedConversationsJob extends RecurringJob {
  protected readonly log = new Logger('Conversations');

  constructor(private readonly em: EntityManager) {
    super(SWEEP_INTERVAL_MS, 'chat.conversations.undeleted');
  }

  protected async run(): Promise<void> {
    const em = this.em.fork() as SqlEntityManager;
    for (;;) {
      const found = await em.find(
        Conversation,
        { deletedAt: { $ne: null } },
        { orderBy: { id: 'asc' }, limit: CONVERSATIONS_PER_LOOK, fields: ['id'], filters: false },
      );
      for (const { id } of found) await deleteConversations(em, [id], this.shutdown.signal);
      if (found.length < CONVERSATIONS_PER_LOOK) return;
    }
  }
}
