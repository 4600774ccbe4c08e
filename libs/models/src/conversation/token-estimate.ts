import type { ModelMessage, ModelTool } from './model-message.js';

/**
 * UTF-8 bytes in a token, on the low side: English has four or more, other alphabets and Chinese about three. Which
 * tokens a model has is known to its provider alone.
 */
const BYTES_PER_TOKEN = 3.5;

/** What a message, a call or a tool takes besides its text. Tokens. */
const FRAME_TOKENS = 8;

export function estimateTokens(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

export function tokensOfMessage(message: ModelMessage): number {
  switch (message.role) {
    case 'user':
      return FRAME_TOKENS + estimateTokens(message.text);
    case 'assistant':
      return message.calls.reduce(
        (sum, { name, input }) =>
          sum + FRAME_TOKENS + estimateTokens(name) + estimateTokens(JSON.stringify(input ?? {})),
        FRAME_TOKENS + estimateTokens(message.text),
      );
    case 'tool':
      return message.results.reduce(
        (sum, { text }) => sum + FRAME_TOKENS + estimateTokens(text),
        0,
      );
  }
}

export function tokensOfTools(tools: readonly ModelTool[]): number {
  return tools.reduce(
    (sum, { name, description, inputSchema }) =>
      sum + FRAME_TOKENS + estimateTokens(name + description + JSON.stringify(inputSchema)),
    0,
  );
}
