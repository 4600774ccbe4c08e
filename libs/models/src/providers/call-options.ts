import type {
  LanguageModelV4CallOptions,
  LanguageModelV4Message,
  LanguageModelV4ToolCallPart,
} from '@ai-sdk/provider';
import type { ModelMessage, ModelToolCall } from '../conversation/model-message.js';
import type { ModelStep } from '../conversation/model-step.js';
import type { ToolNames } from './tool-names.js';

/** A step as the packages of the providers take it. */
export function toCallOptions(
  { instructions, messages, tools, maxOutputTokens }: ModelStep,
  names: ToolNames,
  abortSignal: AbortSignal,
): LanguageModelV4CallOptions {
  return {
    prompt: [
      { role: 'system', content: instructions },
      ...messages.map((message) => toPrompt(message, names)),
    ],
    maxOutputTokens,
    abortSignal,
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, inputSchema }) => ({
        type: 'function' as const,
        name: names.shown(name),
        description,
        inputSchema,
      })),
      toolChoice: { type: 'auto' },
    }),
  };
}

function toPrompt(message: ModelMessage, names: ToolNames): LanguageModelV4Message {
  switch (message.role) {
    case 'user':
      return { role: 'user', content: [{ type: 'text', text: message.text }] };
    case 'assistant':
      return {
        role: 'assistant',
        content: [
          ...(message.text === '' ? [] : [{ type: 'text' as const, text: message.text }]),
          ...message.calls.map((call) => toCallPart(call, names)),
        ],
      };
    case 'tool':
      return {
        role: 'tool',
        content: message.results.map(({ callId, name, text, isError }) => ({
          type: 'tool-result',
          toolCallId: callId,
          toolName: names.shown(name),
          output: { type: isError ? 'error-text' : 'text', value: text },
        })),
      };
  }
}

function toCallPart(
  { id, name, input, echo }: ModelToolCall,
  names: ToolNames,
): LanguageModelV4ToolCallPart {
  return {
    type: 'tool-call',
    toolCallId: id,
    toolName: names.shown(name),
    // What could not be read is not sent again: providers refuse a conversation with it.
    input: input ?? {},
    ...(echo && {
      providerOptions: echo as NonNullable<LanguageModelV4ToolCallPart['providerOptions']>,
    }),
  };
}
