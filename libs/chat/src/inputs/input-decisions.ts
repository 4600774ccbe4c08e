import { checkAnswer, type FieldFault } from '@app/mcp';
import { sharedMoment } from '@app/persistence';
import { SecurityError } from '@app/security';
import { EntityManager, LockMode } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { ChatError } from '../chat.error.js';
import { Conversation } from '../ownership/conversation.entity.js';
import { ownedRun } from '../ownership/owned-run.js';
import type { InputAction, InputDto } from './input.dto.js';
import { fieldsOf } from './input.view.js';
import { type InputState, RunInput } from './run-input.entity.js';

const STATES: Readonly<Record<InputAction, InputState>> = {
  accept: 'accepted',
  decline: 'declined',
  cancel: 'dismissed',
};

/** An answer that fits its form. */
interface CheckedInput {
  readonly runId: string;
  readonly inputId: string;
  readonly action: InputAction;
  /** JSON. */
  readonly content: string | null;
}

/** What people answer, each question once. */
@Injectable()
export class InputDecisions {
  constructor(private readonly em: EntityManager) {}

  /**
   * @throws ChatError `run_not_found`, `input_not_found`, `input_decided`, `input_expired`, `run_ended`
   * @throws SecurityError `invalid_input` for what does not fit the form; the run still waits then
   */
  async decide(accountId: string, runId: string, answer: InputDto): Promise<void> {
    const { inputId, action } = answer;
    const { run } = await ownedRun(this.em.fork(), accountId, runId);
    const find = () => this.em.fork().findOne(RunInput, { runId, inputId });
    const input = await find();
    if (!input) throw new ChatError('input_not_found', 'There is nothing to answer here.');
    assertPending(input);
    // Nothing waits while a long answer is looked at.
    const content = contentOf(input, answer);
    const which = { id: run.conversationId, accountId };
    if (await this.store(which, { runId, inputId, action, content })) return;
    assertPending((await find()) ?? input);
    throw ChatError.failed('input_expired');
  }

  /** False for a question that has been decided, withdrawn or become too old meanwhile. */
  private store(which: { id: string; accountId: string }, answer: CheckedInput): Promise<boolean> {
    const { runId, inputId, action, content } = answer;
    return this.em.fork().transactional(async (em) => {
      // As everything that happens to a run that waits.
      await em.findOne(Conversation, which, { lockMode: LockMode.PESSIMISTIC_WRITE });
      const now = sharedMoment(em);
      const { affectedRows } = await (em as SqlEntityManager).execute<{ affectedRows: number }>(
        `update run_inputs set state = ?, content = ?, decided_at = ${now.sql}
         where run_id = ? and input_id = ? and state = 'pending' and expires_at > ${now.sql}`,
        [STATES[action], content, ...now.values, runId, inputId, ...now.values],
        'run',
      );
      return affectedRows > 0;
    });
  }

  /** What has been asked in a run, in order. */
  ofRun(runId: string): Promise<RunInput[]> {
    const orderBy = { createdAt: 'asc', inputId: 'asc' } as const;
    return this.em.fork().find(RunInput, { runId }, { orderBy });
  }
}

function assertPending({ state }: RunInput): void {
  if (state === 'pending') return;
  if (state === 'withdrawn') throw ChatError.runEnded();
  if (state === 'expired') throw ChatError.failed('input_expired');
  throw new ChatError('input_decided', 'This has been answered before.');
}

/** JSON of what is kept of the answer until the run goes on. */
function contentOf(input: RunInput, { action, content }: InputDto): string | null {
  if (action !== 'accept' || input.kind !== 'form') {
    if (content === undefined) return null;
    throw invalid([{ field: 'content', problem: 'has no place in this answer' }]);
  }
  const checked = checkAnswer(fieldsOf(input), content);
  if (checked.content) return JSON.stringify(checked.content);
  throw invalid(
    checked.faults.map(({ field, problem }) => ({ field: `content.${field}`, problem })),
  );
}

function invalid(faults: readonly FieldFault[]): SecurityError {
  return SecurityError.invalidInput(
    faults.map(({ field, problem }) => ({ field, message: `${field} ${problem}` })),
  );
}
