import type { Model, ModelMessage, ModelToolCall, ModelToolResult } from '@app/models';
import type { AnswerWriter } from './answer-writer.js';
import type { Turn } from './engine.js';
import type { ModelTools } from './model-tools.js';
import type { StoredQuestions } from './tool-questions.js';

/** How often the arguments for a tool did not fit since they last did, by its name. */
export type Misfits = Readonly<Record<string, number>>;

/** A call that was not executed: the person has to connect its server first. */
export interface NeededConnection {
  readonly connectionId: string;
}

/** What a step has asked for, and what has come of it so far. */
export interface StepCalls {
  readonly step: number;
  /** What the model said beside it. */
  readonly text: string;
  readonly calls: readonly ModelToolCall[];
  /** Of the first calls, in their order. */
  readonly results: ModelToolResult[];
}

/** An answer while it is made. */
export interface Work {
  readonly turn: Turn;
  readonly writer: AnswerWriter;
  readonly chain: readonly Model[];
  readonly tools: ModelTools;
  readonly instructions: string;
  /** What stands around the data of tools. */
  readonly marker: string;
  readonly history: readonly ModelMessage[];
  /** From the message of the person on. */
  readonly messages: ModelMessage[];
  /** What is left of the longest answer. */
  tokensLeft: number;
  hasText: boolean;
}

/** What is stored of it while the person decides: what was said before, and the tools, are read again. */
export interface StoredWork extends Pick<Work, 'marker' | 'messages' | 'tokensLeft' | 'hasText'> {
  readonly misfits: Misfits;
  readonly current: StepCalls;
  /** How often servers have turned to the language model. Absent: not at all. */
  readonly sampled?: number;
  /** What the first call without a result has asked. */
  readonly asked?: StoredQuestions;
  /** That call has been shown to the person, and was not executed for want of a connection. */
  readonly isShown?: true;
  /** The person does not want to connect what it needs. */
  readonly isNotConnected?: true;
}
