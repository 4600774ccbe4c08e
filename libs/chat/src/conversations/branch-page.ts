import type { SqlEntityManager } from '@mikro-orm/sql';
import { endOfBranch, newestRun, runsOfBranch } from '../branches/branch.js';
import { ChatError } from '../chat.error.js';
import type { Conversation } from '../ownership/conversation.entity.js';
import { Message } from './message.entity.js';
import type { Page } from './page.js';

/**
 * The runs whose messages a page of a branch can have: undefined where all of the conversation are on it.
 *
 * @param leaf a message of the branch, which is then read to its end; without one it is the branch of the newest message
 * @throws ChatError `message_not_found` for a leaf of another conversation
 */
export async function runsOfPage(
  em: SqlEntityManager,
  { id: conversationId, branched }: Conversation,
  leaf: string | undefined,
  page: Page,
): Promise<readonly string[] | undefined> {
  const onBranch = leaf === undefined ? undefined : await runOf(em, conversationId, leaf);
  if (!branched) return undefined;
  const end = onBranch ? await endOfBranch(em, onBranch) : await newestRun(em, conversationId);
  return end === undefined ? [] : nextTo(await runsOfBranch(em, end), page);
}

async function runOf(em: SqlEntityManager, conversationId: string, id: string): Promise<string> {
  const message = await em.findOne(Message, { id, conversationId });
  if (!message) throw ChatError.messageNotFound();
  return message.run.id;
}

/** Each has at least one message on its page, but for the one at the cursor. An answer has the id of its run. */
function nextTo(runs: readonly string[], { cursor, limit }: Page): readonly string[] {
  const most = limit + 2;
  const key = cursor?.key.at(-1);
  if (key === undefined) return runs.slice(0, most);
  return cursor?.direction === 'previous'
    ? runs.filter((id) => id >= key).slice(-most)
    : runs.filter((id) => id <= key).slice(0, most);
}
