import { ANSWER_FAILURES } from '../engine/engine.js';
import type { Run } from '../ownership/run.entity.js';
import { failureWordsOf } from '../chat.error.js';
import type { MessagePart, NumberedPart, RunReference, RunState } from './message-part.js';

/** How a run has ended. */
export type RunEnding = Pick<Run, 'status' | 'errorCode'>;

/** The parts that each run begins with; the log has those that follow. */
export const OPENING_PARTS = 2;

/** The text of an answer is one part of the message, or several with tools in between. */
export const textPartId = (index: number) => `text-${index}`;

/** The run begins. */
export function openingParts(reference: RunReference): NumberedPart[] {
  return numbered(0, [
    { type: 'start', messageId: reference.runId, messageMetadata: reference },
    { type: 'data-run', id: 'run', data: { ...reference, status: 'running' } },
  ]);
}

/**
 * How a run has ended, after part `last`. They follow from the run itself and are never in the log: so the end is there
 * at the moment when the run has one, whichever process ended it.
 *
 * @param openText the text part that has not been ended
 */
export function closingParts(
  reference: RunReference,
  ending: RunEnding,
  last: number,
  openText: string | undefined,
): NumberedPart[] {
  return numbered(last, [
    ...(openText === undefined ? [] : [{ type: 'text-end', id: openText } as const]),
    { type: 'data-run', id: 'run', data: stateOf(reference, ending) },
    lastPart(ending),
  ]);
}

/** Only a complete answer has a `finish`, be it one that tells of a failure. */
function lastPart({ status, errorCode }: RunEnding): MessagePart {
  const isComplete =
    status === 'succeeded' ||
    (status === 'failed' && ANSWER_FAILURES.some((failure) => failure === errorCode));
  if (isComplete) return { type: 'finish' };
  if (status === 'cancelled') return { type: 'abort', reason: 'cancelled' };
  const code = errorCode ?? (status === 'interrupted' ? 'run_interrupted' : undefined);
  return { type: 'error', errorText: failureWordsOf(code ?? undefined) };
}

function stateOf(reference: RunReference, { status, errorCode }: RunEnding): RunState {
  return { ...reference, status, ...(errorCode ? { errorCode } : {}) };
}

/** The parts of a stored answer, of which the log knows nothing: part of its text, by characters. */
export function answerPart(seq: number, delta: string): NumberedPart {
  return numbered(seq - 1, [{ type: 'text-delta', id: textPartId(1), delta }])[0]!;
}

export function answerOpening(): NumberedPart {
  return numbered(OPENING_PARTS, [{ type: 'text-start', id: textPartId(1) }])[0]!;
}

function numbered(before: number, parts: readonly MessagePart[]): NumberedPart[] {
  return parts.map((part, index) => ({ seq: before + 1 + index, part: JSON.stringify(part) }));
}
