import { v5, validate } from 'uuid';

/** An id that a client may choose for a conversation. The ids that the gateway makes are UUIDs, which it fits too. */
export const CONVERSATION_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** A UUID is the same in either case of its letters (RFC 9562 §4); any other id is taken as it is written. */
export function canonicalConversationId(id: string): string {
  return validate(id) ? id.toLowerCase() : id;
}

/**
 * The key of a conversation whose id the client chose. It depends on the account, so that the same id of another account
 * is another conversation (UUIDv5, RFC 9562 §5.5).
 */
export function chosenConversationKey(accountId: string, conversationId: string): string {
  return v5(conversationId, accountId);
}

/**
 * The keys that the conversation with this id can have, the likelier first: an id that the gateway made is the key
 * itself, an id that the client chose is not.
 */
export function conversationKeys(accountId: string, conversationId: string): readonly string[] {
  const chosen = chosenConversationKey(accountId, conversationId);
  return validate(conversationId) ? [conversationId, chosen] : [chosen];
}
