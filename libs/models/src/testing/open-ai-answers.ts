import { type ModelAnswer, raw } from './model-server.ts';

/** One event of the streaming protocol of chat completions. */
export function chunk(
  delta: object | null,
  { finish, usage }: { finish?: string; usage?: object } = {},
): string {
  return event({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'test-model',
    choices: delta === null ? [] : [{ index: 0, delta, finish_reason: finish ?? null }],
    ...(usage && { usage }),
  });
}

export function event(value: object): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

export const DONE = 'data: [DONE]\n\n';

/** An answer in so many pieces of text. */
export function says(...texts: string[]): ModelAnswer {
  return raw(
    chunk({ role: 'assistant', content: '' }),
    ...texts.map((content) => chunk({ content })),
    chunk({}, { finish: 'stop' }),
    chunk(null, { usage: usageOf(12, 3) }),
    DONE,
  );
}

export function usageOf(prompt: number, completion: number): object {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
  };
}

/** A call of a tool; `text` is what stands for its arguments. */
export interface AnsweredCall {
  readonly name: string;
  readonly text: string;
  readonly id?: string;
}

/** An answer that calls tools, their arguments in fragments of some characters. */
export function calls(...given: AnsweredCall[]): ModelAnswer {
  return raw(
    chunk({ role: 'assistant', content: null }),
    ...given.flatMap((call, index) => fragments(call, index)),
    chunk({}, { finish: 'tool_calls' }),
    chunk(null, { usage: usageOf(20, 8) }),
    DONE,
  );
}

function fragments({ name, text, id }: AnsweredCall, index: number): string[] {
  const begin = { index, id: id ?? `call_${index}`, type: 'function' };
  return [
    chunk({ tool_calls: [{ ...begin, function: { name, arguments: '' } }] }),
    ...(text.match(/.{1,5}/gsu) ?? []).map((part) =>
      chunk({ tool_calls: [{ index, function: { arguments: part } }] }),
    ),
  ];
}
