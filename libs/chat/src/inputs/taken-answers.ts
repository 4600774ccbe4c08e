import type { McpAnswer } from '@app/mcp';
import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { InputAnswers } from './input-request.js';
import { type InputState, RunInput } from './run-input.entity.js';

const ACTIONS: Readonly<Partial<Record<InputState, McpAnswer['action']>>> = {
  accepted: 'accept',
  declined: 'decline',
};

/** What a run has asked, with what was entered, which is not kept any longer. Under the lock of the conversation. */
export async function takeAnswers(em: SqlEntityManager, runId: string): Promise<RunInput[]> {
  const orderBy = { createdAt: 'asc', inputId: 'asc' } as const;
  const inputs = await em.find(RunInput, { runId }, { orderBy });
  await em.execute('update run_inputs set content = null where run_id = ?', [runId], 'run');
  return inputs;
}

export function answersOf(inputs: readonly RunInput[]): InputAnswers {
  return new Map(inputs.map((input) => [input.inputId, answerOf(input)]));
}

export function answerOf({ state, content }: Pick<RunInput, 'state' | 'content'>): McpAnswer {
  const action = ACTIONS[state] ?? 'cancel';
  if (typeof content !== 'string') return { action };
  return { action, content: JSON.parse(content) as NonNullable<McpAnswer['content']> };
}

/** Of a run that can take no answer any more. */
export async function withdrawInputs(em: EntityManager, runId: string): Promise<void> {
  await em.nativeUpdate(RunInput, { runId, state: 'pending' }, { state: 'withdrawn' });
  await em.nativeUpdate(RunInput, { runId, content: { $ne: null } }, { content: null });
}
