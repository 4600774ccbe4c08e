import type { EntityManager } from '@mikro-orm/core';
import { ChatError } from '../chat.error.js';
import { Conversation } from '../ownership/conversation.entity.js';
import { Message } from './message.entity.js';

/** A message and its conversation, of one account. */
export interface OwnedMessage {
  readonly message: Message;
  readonly conversation: Conversation;
}

/** @throws ChatError `message_not_found`, also for a message of another account */
export async function ownedMessage(
  em: EntityManager,
  accountId: string,
  id: string,
): Promise<OwnedMessage> {
  const message = await em.findOne(Message, { id }, { populate: ['run'] });
  const conversation =
    message && (await em.findOne(Conversation, { id: message.conversationId, accountId }));
  if (!message || !conversation) throw ChatError.messageNotFound();
  return { message, conversation };
}
