import type { EntityManager, LockMode } from '@mikro-orm/core';
import { ChatError } from '../chat.error.js';
import { Conversation } from './conversation.entity.js';
import { conversationKeys } from './conversation-id.js';

/** @param id as the client knows it @throws ChatError `conversation_not_found` */
export async function ownedConversation(
  em: EntityManager,
  accountId: string,
  id: string,
  options: { lockMode?: LockMode } = {},
): Promise<Conversation> {
  const which = { id: { $in: [...conversationKeys(accountId, id)] }, accountId };
  const conversation = await em.findOne(Conversation, which, options);
  if (!conversation) throw ChatError.conversationNotFound();
  return conversation;
}
