import { AuditObject } from '@app/logging';
import { canonicalConversationId, CONVERSATION_ID } from './conversation-id.js';

/** The conversation that an audited call acted on, by the id that the client knows; nothing if it is no such id. */
export function conversationObject(id: unknown): AuditObject | undefined {
  if (typeof id !== 'string') return undefined;
  return AuditObject.ofName('conversation', canonicalConversationId(id), CONVERSATION_ID);
}
