import type { Model, ModelMessage, ModelToolCall, ModelToolResult } from '@app/models';
import type { AnswerWriter } from './answer-writer.js';
import type { Turn } from './engine.js';
import type { Misfits, ModelTools } from './model-tools.js';

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
}
