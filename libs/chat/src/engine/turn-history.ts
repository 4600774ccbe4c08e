import type { ModelMessage } from '@app/models';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { runsOfBranch } from '../branches/branch.js';
import type { Turn } from './engine.js';

/** How much of a conversation is read for one answer: messages, and characters of each. */
const MESSAGES_READ = 60;
const CHARACTERS_READ = 16_000;

/** Of the account alone, whatever conversation the turn names. What was said while the run waited comes after it. */
const historyOf = (
  condition: string,
) => `select m.role, substr(m.content, 1, ${CHARACTERS_READ}) as content, c.branched
  from messages m join conversations c on c.id = m.conversation_id
  where m.conversation_id = ? and c.account_id = ? and m.run_id < ? ${condition}
  order by m.id desc limit ${MESSAGES_READ}`;

interface HistoryRow {
  readonly role: 'user' | 'assistant';
  readonly content: string;
  readonly branched: boolean | number;
}

/** What was said in a conversation before a message, on its branch. */
@Injectable()
export class TurnHistory {
  constructor(private readonly em: EntityManager) {}

  /** The oldest first. */
  async before(turn: Turn): Promise<ModelMessage[]> {
    const em = this.em.fork() as SqlEntityManager;
    // Of all branches: most conversations have one.
    const newest = await read(em, turn);
    const rows = newest[0]?.branched
      ? await read(em, turn, await runsOfBranch(em, turn.runId, MESSAGES_READ))
      : newest;
    return rows
      .toReversed()
      .map(({ role, content }) =>
        role === 'user' ? { role, text: content } : { role, text: content, calls: [] },
      );
  }
}

/** The latest first; of these runs alone, if they are given. */
function read(
  em: SqlEntityManager,
  { conversationId, accountId, runId }: Turn,
  runs?: readonly string[],
): Promise<HistoryRow[]> {
  const condition = runs ? `and m.run_id in (${runs.map(() => '?').join(', ')})` : '';
  const values = [conversationId, accountId, runId, ...(runs ?? [])];
  return em.execute<HistoryRow[]>(historyOf(condition), values);
}
