import type { ModelPrice } from '../usage/model-price.js';

export const MODEL_PROVIDERS = ['openai', 'anthropic', 'google', 'openai-compatible'] as const;
export type ModelProvider = (typeof MODEL_PROVIDERS)[number];

/** How long one step of a conversation may take. Milliseconds. */
export interface ModelTimeouts {
  /** Until the connection stands. */
  readonly connectMs: number;
  /** Until the model says its first token, from the request on. */
  readonly firstTokenMs: number;
  /** Until it has said its last. */
  readonly totalMs: number;
}

/** One language model, as its file describes it: see model.schema.json. */
export interface ModelFile {
  readonly id: string;
  readonly provider: ModelProvider;
  /** Its name at the provider. */
  readonly model: string;
  readonly baseUrl?: string;
  readonly apiKey?: string;
  /** Tokens that the instructions, the conversation, the tools and the answer may have together. */
  readonly contextWindow: number;
  /** The longest answer of one step. Tokens. */
  readonly maxOutputTokens: number;
  readonly price?: ModelPrice;
  readonly timeouts?: Partial<ModelTimeouts>;
  /** How often a step is tried again, as long as nothing of it has come. */
  readonly retries?: number;
  readonly active: boolean | 'when-configured';
  readonly default?: boolean;
}

/** A model that has a file and is not active. */
export type InactiveModel = Pick<ModelFile, 'id' | 'provider' | 'model'>;

/** A model that may be asked. */
export interface Model {
  readonly id: string;
  readonly provider: ModelProvider;
  readonly model: string;
  readonly baseUrl: string;
  readonly contextWindow: number;
  readonly maxOutputTokens: number;
  readonly price: ModelPrice | undefined;
  readonly timeouts: ModelTimeouts;
  readonly retries: number;
  readonly isDefault: boolean;
  /** Whether it has no file, and was found on this machine. @default false */
  readonly isDiscovered?: boolean;
  /** A function, so that nothing which writes or logs the model has its key. */
  readonly apiKey: () => string | undefined;
}
