import { EntityManager, type FilterQuery, LockMode, raw } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { ChatError } from '../chat.error.js';
import { Conversation } from '../ownership/conversation.entity.js';
import { ownedConversation } from '../ownership/owned-conversation.js';
import { UsageService } from '../usage/usage.service.js';
import {
  type ConversationPageView,
  type ConversationView,
  type HistoryView,
  toConversationView,
  toMessageView,
} from './conversation.view.js';
import { BYTES_PER_DELETION, ROWS_PER_DELETION } from './delete-conversations.js';
import { DeletedConversationsJob } from './deleted-conversations.job.js';
import { Message } from './message.entity.js';
import { cursorOf, type Page } from './page.js';

/** How many messages are read in one statement: an answer can have 65,000 characters. */
const MESSAGES_PER_STEP = 26;

/** How much text makes a page of messages full. Characters. */
const MAX_PAGE_CHARACTERS = 256 * 1024;

/** Conversations of one user. Each query names the owner: another user's conversation is not there to be found. */
@Injectable()
export class ConversationService {
  constructor(
    private readonly em: EntityManager,
    private readonly usage: UsageService,
    private readonly deletions: DeletedConversationsJob,
  ) {}

  async list(accountId: string, { limit, cursor }: Page): Promise<ConversationPageView> {
    const found = await this.em
      .fork()
      .find(
        Conversation,
        { accountId, ...(cursor ? before(cursor) : {}) },
        { orderBy: { updatedAt: 'desc', id: 'desc' }, limit: limit + 1 },
      );
    const conversations = found.slice(0, limit);
    const last = found.length > limit ? conversations.at(-1) : undefined;
    return {
      conversations: conversations.map(toConversationView),
      nextCursor: last ? cursorOf(last.updatedAt.toISOString(), last.id) : null,
    };
  }

  /**
   * The latest messages before the cursor, oldest first. A page ends where the next message would make it too long, so
   * that an answer has a bound in bytes, too.
   *
   * @throws ChatError `conversation_not_found`
   */
  async history(accountId: string, id: string, { limit, cursor }: Page): Promise<HistoryView> {
    const em = this.em.fork();
    const conversation = await ownedConversation(em, accountId, id);
    const { messages, hasMore } = await latestMessages(em, conversation.id, limit, cursor?.at(-1));
    return {
      conversationId: conversation.publicId,
      profileId: conversation.profileId,
      messages: messages.reverse().map(toMessageView),
      nextCursor: hasMore ? cursorOf(messages[0]!.id) : null,
    };
  }

  /** @throws ChatError `conversation_not_found` */
  async rename(accountId: string, id: string, title: string): Promise<ConversationView> {
    const em = this.em.fork();
    const conversation = await ownedConversation(em, accountId, id);
    conversation.title = title;
    await em.flush();
    return toConversationView(conversation);
  }

  /** Deletes it with its messages. @throws ChatError `conversation_not_found` */
  async delete(accountId: string, id: string): Promise<void> {
    const { id: key } = await ownedConversation(this.em.fork(), accountId, id);
    if (!(await this.deleteIf({ id: key, accountId }))) throw ChatError.conversationNotFound();
  }

  /** Deletes it unless a message has come meanwhile. */
  deleteUnused(accountId: string, id: string, unusedSince: Date): Promise<boolean> {
    return this.deleteIf({ id, accountId, updatedAt: { $lt: unusedSince } });
  }

  /** A long one is marked, by which it is gone to every query, and its messages are deleted step by step afterwards. */
  private async deleteIf(
    which: FilterQuery<Conversation> & { id: string; accountId: string },
  ): Promise<boolean> {
    const found = await this.em.fork().transactional(async (em) => {
      const lockMode = LockMode.PESSIMISTIC_WRITE;
      const conversation = await em.findOne(Conversation, which, { lockMode });
      if (!conversation) return undefined;
      const { id, accountId, messageCount: messages, contentBytes: bytes } = conversation;
      const isLong = messages > ROWS_PER_DELETION || bytes > BYTES_PER_DELETION;
      if (isLong) await em.nativeUpdate(Conversation, { id, accountId }, { deletedAt: new Date() });
      else await em.nativeDelete(Conversation, { id, accountId });
      await this.usage.giveBack(em, accountId, { messages, bytes });
      return { isLong };
    });
    if (found?.isLong) this.deletions.request();
    return found !== undefined;
  }
}

/** The latest first. */
async function latestMessages(
  em: EntityManager,
  conversationId: string,
  limit: number,
  earlierThan: string | undefined,
): Promise<{ messages: Message[]; hasMore: boolean }> {
  const messages: Message[] = [];
  let characters = 0;
  for (let before = earlierThan; ;) {
    const step = await em.find(
      Message,
      { conversationId, ...(before ? { id: { $lt: before } } : {}) },
      { orderBy: { id: 'desc' }, limit: MESSAGES_PER_STEP, populate: ['run'] },
    );
    for (const message of step) {
      characters += message.content.length;
      const isFull = messages.length > 0 && characters > MAX_PAGE_CHARACTERS;
      if (messages.length === limit || isFull) return { messages, hasMore: true };
      messages.push(message);
    }
    before = step.at(-1)?.id;
    if (step.length < MESSAGES_PER_STEP) return { messages, hasMore: false };
  }
}

function before([updatedAt, id]: readonly string[]) {
  if (id === undefined) return { id: { $lt: updatedAt! } };
  // Compared as rows: only thus does the index begin at the cursor.
  return { [raw('(updated_at, id) < (?, ?)', [new Date(updatedAt!), id])]: [] };
}
