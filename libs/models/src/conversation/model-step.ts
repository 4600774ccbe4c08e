import type { ModelMessage, ModelTool, ModelToolCall } from './model-message.js';
import type { StepUsage } from '../usage/step-usage.js';

/** One step of a conversation: what the model is told, and what it may do. */
export interface ModelStep {
  readonly instructions: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ModelTool[];
  /** The longest answer. Tokens; a model may allow less. */
  readonly maxOutputTokens: number;
  /** Ends the step, whatever it is waiting for. */
  readonly signal: AbortSignal;
}

/**
 * - `stop`: the model has said what it wanted
 * - `calls`: it waits for the results of its calls
 * - `length`: the answer is as long as it may be
 * - `refused`: the model, or a filter of the provider, declines
 */
export type FinishReason = 'stop' | 'calls' | 'length' | 'refused';

/** What a model says, in the order in which it comes. `finish` is the last part, always. */
export type ModelPart =
  /** Whole characters, without control characters but tabs and line ends. */
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'call'; readonly call: ModelToolCall }
  | {
      readonly type: 'finish';
      readonly reason: FinishReason;
      readonly usage: StepUsage;
      /** Id of the model that has answered: a fallback, maybe. */
      readonly model: string;
    };
