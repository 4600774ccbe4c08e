import type { EntityManager } from '@mikro-orm/core';
import { ChatError } from '../chat.error.js';
import { Conversation } from './conversation.entity.js';
import { Run } from './run.entity.js';

/** A run and its conversation, of one account. */
export interface OwnedRun {
  readonly run: Run;
  readonly conversation: Conversation;
}

/** @throws ChatError `run_not_found`, also for a run of another account */
export async function ownedRun(
  em: EntityManager,
  accountId: string,
  id: string,
): Promise<OwnedRun> {
  const run = await em.findOne(Run, { id });
  const conversation =
    run && (await em.findOne(Conversation, { id: run.conversationId, accountId }));
  if (!run || !conversation) throw new ChatError('run_not_found', 'There is no such run.');
  return { run, conversation };
}
