import type { LanguageModelV4 } from '@ai-sdk/provider';
import type { Model } from '../catalog/model.js';
import { createModelFetch } from '../transport/model-fetch.js';

/** Bytes on the wire for one token: a chunk of its own, with names, ids and what some providers pad it with. */
const BYTES_PER_TOKEN = 1_024;

/** For what an answer has besides its tokens. Bytes. */
const FRAME_BYTES = 262_144;

/**
 * The model behind its protocol. The package of a provider is loaded with the first of its models that is asked: a
 * gateway without one has none of them in memory.
 */
export async function loadLanguageModel(model: Model): Promise<LanguageModelV4> {
  const options = {
    baseURL: model.baseUrl,
    apiKey: model.apiKey() ?? '',
    fetch: createModelFetch({
      connectMs: model.timeouts.connectMs,
      maxBytes: FRAME_BYTES + model.maxOutputTokens * BYTES_PER_TOKEN,
      mediaType: 'text/event-stream',
    }),
  };
  switch (model.provider) {
    case 'openai': {
      const { createOpenAI } = await import('@ai-sdk/openai');
      // Not its responses: they keep conversations at the provider, and speak of tools in another way.
      return createOpenAI(options).chat(model.model);
    }
    case 'anthropic': {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      return createAnthropic(options).languageModel(model.model);
    }
    case 'google': {
      const { createGoogle } = await import('@ai-sdk/google');
      return createGoogle(options).languageModel(model.model);
    }
    case 'openai-compatible': {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      const provider = createOpenAICompatible({ ...options, name: 'local', includeUsage: true });
      return provider.languageModel(model.model);
    }
    default:
      return model.provider satisfies never;
  }
}
