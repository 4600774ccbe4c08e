import { EntityManager, type LockMode } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { ChatError } from '../chat.error.js';
import { Conversation } from './conversation.entity.js';
import {
  type ConversationPageView,
  type ConversationView,
  type HistoryView,
  toConversationView,
  toMessageView,
} from './conversation.view.js';
import { Message } from './message.entity.js';
import { cursorOf, type Page } from './page.js';

/** Conversations of one user. Each query names the owner: another user's conversation is not there to be found. */
@Injectable()
export class ConversationService {
  constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

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

  /** The latest messages before the cursor, oldest first. @throws ChatError `conversation_not_found` */
  async history(accountId: string, id: string, { limit, cursor }: Page): Promise<HistoryView> {
    const em = this.em.fork();
    const conversation = await owned(em, accountId, id);
    const earlierThan = cursor?.at(-1);
    const found = await em.find(
      Message,
      { conversationId: id, ...(earlierThan ? { id: { $lt: earlierThan } } : {}) },
      { orderBy: { id: 'desc' }, limit: limit + 1, populate: ['run'] },
    );
    const messages = found.slice(0, limit).reverse();
    return {
      conversationId: id,
      profileId: conversation.profileId,
      messages: messages.map(toMessageView),
      nextCursor: found.length > limit ? cursorOf(messages[0]!.id) : null,
    };
  }

  /** @throws ChatError `conversation_not_found` */
  async rename(accountId: string, id: string, title: string): Promise<ConversationView> {
    const em = this.em.fork();
    const conversation = await owned(em, accountId, id);
    conversation.title = title;
    await em.flush();
    return toConversationView(conversation);
  }

  /** Deletes it with its messages. @throws ChatError `conversation_not_found` */
  async delete(accountId: string, id: string): Promise<void> {
    const deleted = await this.em.fork().nativeDelete(Conversation, { id, accountId });
    if (deleted === 0) throw ChatError.conversationNotFound();
  }
}

/** @throws ChatError `conversation_not_found` */
export async function owned(
  em: EntityManager,
  accountId: string,
  id: string,
  options: { lockMode?: LockMode } = {},
): Promise<Conversation> {
  const conversation = await em.findOne(Conversation, { id, accountId }, options);
  if (!conversation) throw ChatError.conversationNotFound();
  return conversation;
}

function before([updatedAt, id]: readonly string[]) {
  if (id === undefined) return { id: { $lt: updatedAt! } };
  const moment = new Date(updatedAt!);
  return { $or: [{ updatedAt: { $lt: moment } }, { updatedAt: moment, id: { $lt: id } }] };
}
