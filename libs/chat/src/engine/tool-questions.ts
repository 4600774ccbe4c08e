import type { McpContinuation, McpInputRequired } from '@app/mcp';
import type { InputAnswers, InputRequest } from '../inputs/input-request.js';
import type { AnswerWriter } from './answer-writer.js';
import type { HeldQuestions } from './engine.js';
import { visible } from './visible-text.js';

/** What a call needs to go on. It is stored as JSON. */
export interface StoredQuestions {
  readonly continuation: McpContinuation;
  /** The ids of the questions in the run, by their ids at the server. */
  readonly inputIds: Readonly<Record<string, string>>;
  /** How much the call has asked so far. */
  readonly count: number;
}

/** A call that has asked the person, instead of a result. */
export interface AskedQuestions {
  readonly requests: readonly InputRequest[];
  readonly stored: StoredQuestions;
}

/** A call on its way to a server, and what has been asked in it. */
export interface CallPlace {
  readonly callId: string;
  /** What the tool is called. */
  readonly title: string;
  /** A model answers with it: what it is not told the person sees on a card. */
  readonly isForModel?: true;
  readonly stored?: StoredQuestions | undefined;
  readonly answers?: InputAnswers | undefined;
  readonly held: HeldQuestions;
  readonly writer: AnswerWriter;
}

export function askedQuestions(
  { callId, title, stored }: CallPlace,
  { questions, continuation }: McpInputRequired,
): AskedQuestions {
  const before = stored?.count ?? 0;
  const asked = Object.entries(questions).map(([id, question], index) => ({
    id,
    request: {
      inputId: `${callId}.${before + index + 1}`,
      callId,
      title: visible(title),
      question,
    },
  }));
  return {
    requests: asked.map(({ request }) => request),
    stored: {
      continuation,
      inputIds: Object.fromEntries(asked.map(({ id, request }) => [id, request.inputId])),
      count: before + asked.length,
    },
  };
}
