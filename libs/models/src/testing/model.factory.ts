import type { Model } from '../catalog/model.js';
import type { ModelStep } from '../conversation/model-step.js';

export const TEST_KEY = 'sk-test-0123456789abcdef';

/** A model with short times. */
export function aModel(url: string, given: Partial<Model> = {}): Model {
  return {
    id: 'test',
    provider: 'openai-compatible',
    model: 'test-model',
    baseUrl: `${url}/v1`,
    contextWindow: 8_192,
    maxOutputTokens: 1_024,
    price: undefined,
    timeouts: { connectMs: 2_000, firstTokenMs: 5_000, totalMs: 10_000 },
    retries: 0,
    isDefault: false,
    apiKey: () => TEST_KEY,
    ...given,
  };
}

export function aStep(given: Partial<ModelStep> = {}): ModelStep {
  return {
    instructions: 'You keep notes.',
    messages: [{ role: 'user', text: 'Hello' }],
    tools: [],
    maxOutputTokens: 512,
    signal: new AbortController().signal,
    ...given,
  };
}
