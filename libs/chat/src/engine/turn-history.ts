import type { ModelMessage } from '@app/models';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import type { Turn } from './engine.js';

/** How much of a conversation is read for one answer: messages, and characters of each. */
const MESSAGES_READ = 60;
const CHARACTERS_READ = 16_000;

/** Of the account alone, whatever conversation the turn names. What was said while the run waited comes after it. */
const HISTORY = `select m.role, substr(m.content, 1, ${CHARACTERS_READ}) as content
  from messages m join conversations c on c.id = m.conversation_id
  where m.conversation_id = ? and c.account_id = ? and m.run_id < ?
  order by m.id desc limit ${MESSAGES_READ}`;

interface HistoryRow {
  readonly role: 'user' | 'assistant';
  readonly content: string;
}

/** What was said in a conversation before a message. */
@Injectable()
export class TurnHistory {
  constructor(private readonly em: EntityManager) {}

  /** The oldest first. */
  async before({ conversationId, accountId, runId }: Turn): Promise<ModelMessage[]> {
    const em = this.em.fork() as SqlEntityManager;
    const rows = await em.execute<HistoryRow[]>(HISTORY, [conversationId, accountId, runId]);
    return rows
      .toReversed()
      .map(({ role, content }) =>
        role === 'user' ? { role, text: content } : { role, text: content, calls: [] },
      );
  }
}
