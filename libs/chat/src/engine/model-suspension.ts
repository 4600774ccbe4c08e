import type { ApprovalRequest, Decisions } from '../approvals/approval-request.js';
import type { MissingConnection, Suspension } from './engine.js';
import type { NeededConnection, StepCalls, StoredWork, Work } from './model-work.js';
import type { AskedQuestions, StoredQuestions } from './tool-questions.js';

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

/** Until the person has decided on calls of the step. */
export function untilApproved(
  work: Work,
  current: StepCalls,
  approvals: readonly ApprovalRequest[],
): Suspension {
  return { engine: 'model', state: storedWork(work, current), approvals, inputs: [] };
}

/** Until they have answered what the first call without a result asks. */
export function untilAnswered(
  work: Work,
  current: StepCalls,
  { requests, stored: asked }: AskedQuestions,
): Suspension {
  const state = { ...storedWork(work, current), asked };
  return { engine: 'model', state, approvals: [], inputs: requests };
}

/** Until they have connected what the first call without a result needs. */
export function untilConnected(
  work: Work,
  current: StepCalls,
  { connectionId }: NeededConnection,
  asked: StoredQuestions | undefined,
): MissingConnection {
  const state = { ...storedWork(work, current), ...(asked && { asked }), isShown: true } as const;
  return { connectionId, state };
}

function storedWork(
  { marker, messages, tokensLeft, hasText, tools: { misfits }, turn }: Work,
  current: StepCalls,
): StoredWork {
  return { marker, messages, tokensLeft, hasText, misfits, current, sampled: turn.sampled.count };
}
