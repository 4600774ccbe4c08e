import type { EntityManager } from '@mikro-orm/core';
import { Message } from './message.entity.js';
import type { Page } from './page.js';

/** How many messages are read in one statement: an answer can have 65,000 characters. */
const MESSAGES_PER_STEP = 26;

/** How much text makes a page of messages full. Characters. */
const MAX_PAGE_CHARACTERS = 256 * 1024;

/** Those of a page, the one next to the cursor first. Without a cursor, the latest first. Of some runs, or of all. */
export async function messagesOfPage(
  em: EntityManager,
  conversationId: string,
  { limit, cursor }: Page,
  runs?: readonly string[],
): Promise<{ messages: Message[]; hasMore: boolean }> {
  const isBack = cursor?.direction === 'previous';
  const messages: Message[] = [];
  let characters = 0;
  for (let from = cursor?.key.at(-1); ;) {
    const step = await em.find(
      Message,
      {
        conversationId,
        ...(from ? { id: isBack ? { $gt: from } : { $lt: from } } : {}),
        ...(runs ? { run: { $in: [...runs] } } : {}),
      },
      {
        orderBy: { id: isBack ? 'asc' : 'desc' },
        limit: MESSAGES_PER_STEP,
        populate: ['run'],
      },
    );
    for (const message of step) {
      characters += message.content.length;
      const isFull = messages.length > 0 && characters > MAX_PAGE_CHARACTERS;
      if (messages.length === limit || isFull) return { messages, hasMore: true };
      messages.push(message);
    }
    from = step.at(-1)?.id;
    if (step.length < MESSAGES_PER_STEP) return { messages, hasMore: false };
  }
}
