import { rowsInSteps } from '@app/persistence';
import { EntityManager, raw } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Inject, Injectable } from '@nestjs/common';
import { toRunView } from '../runs/chat.view.js';
import { Run } from '../runs/run.entity.js';
import { Conversation } from './conversation.entity.js';
import { toConversationView, toMessageView } from './conversation.view.js';
import { Message } from './message.entity.js';

/** How many rows are read, or conversations deleted, in one statement: others wait for it. */
const STEP = 200;

/** How many messages or runs are deleted in one statement. */
const ROWS_AT_ONCE = 1_000;

/** For this long after its run has ended a call may still be written down. Milliseconds. */
const AFTERMATH = 5_000;

/** What chats keep of a person. */
@Injectable()
export class ConversationData {
  readonly tables: readonly string[] = ['conversations', 'runs', 'messages'];

  constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

  /** The conversations, the oldest first, read bit by bit: there is no most to them. */
  exportOf(accountId: string): Promise<AsyncIterable<unknown>> {
    return Promise.resolve(this.conversations(accountId));
  }

  /** Whether a message of the person is being answered, or was a moment ago. */
  async isInUse(accountId: string): Promise<boolean> {
    const justNow = new Date(Date.now() - AFTERMATH);
    const count = await this.em.fork().count(Run, {
      [raw('conversation_id in (select id from conversations where account_id = ?)', [accountId])]:
        [],
      $or: [{ finishedAt: null }, { finishedAt: { $gt: justNow } }],
    });
    return count > 0;
  }

  /** In steps, and the messages and runs before the conversations they would all be gone with in one statement. */
  async erase(accountId: string): Promise<void> {
    for (;;) {
      const em = this.em.fork() as SqlEntityManager;
      const some = await em.find(Conversation, { accountId }, { limit: STEP, fields: ['id'] });
      if (some.length === 0) return;
      const ids = some.map(({ id }) => id);
      await deleteInSteps(em, 'messages', ids);
      await deleteInSteps(em, 'runs', ids);
      await em.nativeDelete(Conversation, { accountId, id: { $in: ids } });
    }
  }

  private async *conversations(accountId: string): AsyncGenerator<unknown> {
    const found = rowsInSteps(STEP, (after) =>
      this.em
        .fork()
        .find(Conversation, { accountId, ...after }, { orderBy: { id: 'asc' }, limit: STEP }),
    );
    for await (const conversation of found) {
      const { id } = conversation;
      const lists = { messages: this.messages(id), runs: this.runs(id) };
      yield Object.assign(toConversationView(conversation), lists);
    }
  }

  private async *messages(conversationId: string): AsyncGenerator<unknown> {
    const found = rowsInSteps(STEP, (after) =>
      this.em
        .fork()
        .find(
          Message,
          { conversationId, ...after },
          { orderBy: { id: 'asc' }, limit: STEP, populate: ['run'] },
        ),
    );
    for await (const message of found) yield toMessageView(message);
  }

  private async *runs(conversationId: string): AsyncGenerator<unknown> {
    const found = rowsInSteps(STEP, (after) =>
      this.em
        .fork()
        .find(Run, { conversationId, ...after }, { orderBy: { id: 'asc' }, limit: STEP }),
    );
    for await (const run of found) yield toRunView(run);
  }
}

/** What belongs to the conversations, however much that is: one statement for all could take longer than one may. */
async function deleteInSteps(
  em: SqlEntityManager,
  table: 'messages' | 'runs',
  conversationIds: readonly string[],
): Promise<void> {
  const given = conversationIds.map(() => '?').join(', ');
  const some = `select id from ${table} where conversation_id in (${given}) limit ${ROWS_AT_ONCE}`;
  const statement = `delete from ${table} where id in (${some})`;
  for (;;) {
    const { affectedRows } = await em.execute<{ affectedRows: number }>(
      statement,
      [...conversationIds],
      'run',
    );
    if (affectedRows < ROWS_AT_ONCE) return;
  }
}
