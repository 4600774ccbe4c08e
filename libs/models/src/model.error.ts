import type { StepUsage } from './usage/step-usage.js';

export type ModelErrorCode =
  | 'model_unavailable'
  | 'model_busy'
  | 'model_timeout'
  | 'model_refused'
  | 'model_broken'
  | 'model_off'
  | 'model_too_large'
  | 'model_cancelled';

const MESSAGES: Readonly<Record<ModelErrorCode, string>> = {
  model_unavailable: 'The language model cannot be reached.',
  model_busy: 'The language model takes no more requests for now.',
  model_timeout: 'The language model did not answer in time.',
  model_refused: 'The language model does not take this request.',
  model_broken: 'The answer of the language model broke off.',
  model_off: 'The language model is switched off.',
  model_too_large: 'The answer of the language model is too large.',
  model_cancelled: 'The step was cancelled.',
};

/** What an operator needs to act on a failure. */
export interface ModelFailureDetails {
  /** In our own words, or a bare code of the provider. Never its text, which quotes what was sent. */
  readonly reason?: string;
  /** HTTP status of the answer. */
  readonly statusCode?: number;
  /** When the provider wants to be asked again. Milliseconds. */
  readonly retryAfterMs?: number;
}

/**
 * Why a step has no end. The message is our own text; what a provider says in its errors may quote the conversation or
 * the key, and is kept nowhere.
 *
 * - `model_unavailable`: no connection, an error of the server, or too many failures just before
 * - `model_busy`: the provider limits us
 * - `model_timeout`: no connection, no first token or no end in time
 * - `model_refused`: the key, the name of the model or the request is not taken; trying again does not help
 * - `model_broken`: what came is no answer in the protocol, or it ends in the middle
 * - `model_off`: the operator has switched it off; if it had begun to answer, in the middle of that
 * - `model_too_large`: more than so many tokens can be
 * - `model_cancelled`: the caller has given up
 */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  /** Of a step that failed after it had begun: what has come is paid for. */
  begun?: { readonly model: string; readonly usage: StepUsage };

  constructor(
    readonly code: ModelErrorCode,
    readonly details: ModelFailureDetails = {},
  ) {
    super(MESSAGES[code]);
  }

  /** Whether the same request may succeed a moment later. */
  get isPassing(): boolean {
    return ['model_unavailable', 'model_busy', 'model_broken'].includes(this.code);
  }
}
