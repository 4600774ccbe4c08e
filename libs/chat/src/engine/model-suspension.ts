import type { ApprovalRequest, Decisions } from '../approvals/approval-request.js';
import type { Suspension } from './engine.js';
import type { StepCalls, StoredWork, Work } from './model-work.js';

/** Most calls of one step that are made. */
export const MAX_CALLS = 8;

/** The same in the log, in the approvals and after a suspension. */
export function callIdOf({ step }: StepCalls, index: number): string {
  return `${step}-${index + 1}`;
}

/** What the person is asked, all at once, of the calls that have not been made. */
export function requestsOf(
  { tools }: Work,
  current: StepCalls,
  decisions: Decisions,
): ApprovalRequest[] {
  return current.calls
    .slice(0, MAX_CALLS)
    .map((call, index) =>
      index < current.results.length
        ? undefined
        : tools.approvalOf(call, callIdOf(current, index), decisions),
    )
    .filter((request) => request !== undefined);
}

export function suspensionOf(
  { marker, messages, tokensLeft, hasText, tools: { misfits } }: Work,
  current: StepCalls,
  approvals: readonly ApprovalRequest[],
): Suspension {
  const state = { marker, messages, tokensLeft, hasText, misfits, current } satisfies StoredWork;
  return { engine: 'model', state, approvals };
}
