/** What a server asks of the language model: its words, cleaned and bounded. They are data, and never the person's. */
export interface SamplingRequest {
  readonly instructions: string;
  readonly messages: readonly SamplingMessage[];
  /** The longest answer that the server wants. */
  readonly maxTokens?: number;
  /** The answer ends before the first of these. */
  readonly stopSequences: readonly string[];
}

export interface SamplingMessage {
  readonly role: 'user' | 'assistant';
  readonly text: string;
}

/** That no model is asked, and why, in words for the log and for the server. */
export interface UnfitSampling {
  readonly unfit: string;
}

export interface SamplingAnswer {
  readonly text: string;
  /** What the model is called here. */
  readonly model: string;
  readonly stopReason: 'endTurn' | 'maxTokens' | 'stopSequence';
}

/** That there is no answer, and why, in words for the server. */
export interface SamplingRefusal {
  readonly refusal: string;
}

/** Has a language model answer a server. It never throws. */
export type Sample = (
  asked: SamplingRequest | UnfitSampling,
  signal: AbortSignal,
) => Promise<SamplingAnswer | SamplingRefusal>;

/** As the protocol has it. */
export function toCreateMessageResult({ text, model, stopReason }: SamplingAnswer) {
  return { role: 'assistant', content: { type: 'text', text }, model, stopReason };
}
