import type { CallAudit } from '@app/logging';
import type { CardView } from '../cards/card.view.js';
import type { AnswerText } from '../engine/answer-text.js';
import type { AnswerWriter } from '../engine/answer-writer.js';
import type { AnswerEnd, HeldQuestions, Turn } from '../engine/engine.js';
import type { OpenLog } from '../events/open-log.js';
import type { ActiveRun } from './active-runs.js';
import type { BegunRun, NewMessage } from './run-store.js';

/** Collects an answer in one of the two ways. */
export interface AnswerCollector extends AnswerWriter {
  readonly answer: AnswerText;
  /** Undefined for parts that are not kept. */
  readonly log: OpenLog | undefined;
  readonly cards: readonly CardView[];
  /** Resolves when all of it is where it belongs. */
  end(): Promise<void>;
  /** The same of an answer that goes on later. */
  pause(): Promise<void>;
}

/** What a run does in this process, until it ends or waits for the person. */
export interface RunWork {
  readonly run: BegunRun;
  readonly profileId: string;
  readonly writer: AnswerCollector;
  readonly active: ActiveRun;
  /** The record of the call that began the run; absent where that has been written. */
  readonly audit?: CallAudit;
  answer(): Promise<AnswerEnd>;
}

/** What an engine is told of a run. */
export function turnOf(
  { id: runId, conversationId, accountId }: BegunRun,
  { profile, text: message }: Pick<NewMessage, 'profile' | 'text'>,
  { signal }: ActiveRun,
  held: HeldQuestions,
): Turn {
  return {
    runId,
    conversationId,
    accountId,
    profile,
    message,
    signal,
    held,
    sampled: { count: 0 },
  };
}
