import { Logger } from '@nestjs/common';
import type { Model } from '../catalog/model.js';
import { ModelError } from '../model.error.js';
import { ModelCircuits } from '../resilience/model-circuits.js';
import { aModel, aStep, TEST_KEY } from '../testing/model.factory.js';
import {
  broken,
  fails,
  type ModelAnswer,
  type ModelServer,
  raw,
  startModelServer,
} from '../testing/model-server.js';
import { LanguageModels } from './language-models.js';
import type { ModelPart } from '../conversation/model-step.js';

const data = (value: object) => `data: ${JSON.stringify(value)}\n\n`;
const named = (value: { type: string; [member: string]: unknown }) =>
  `event: ${value.type}\n${data(value)}`;

/** What a protocol looks like. */
interface Protocol {
  readonly model: Partial<Model>;
  readonly path: string;
  readonly keyHeader: string;
  readonly text: ModelAnswer;
  readonly call: ModelAnswer;
  readonly long: ModelAnswer;
  readonly refused: ModelAnswer;
  readonly halfThenBroken: ModelAnswer;
  readonly halfThenError: ModelAnswer;
  readonly errors: readonly (readonly [ModelAnswer, string, string])[];
  /** What of a call is told again as it came. */
  readonly echo: string;
  /** How a result of a tool is told. */
  readonly result: object;
}

const begin = named({
  type: 'message_start',
  message: {
    id: 'm',
    type: 'message',
    role: 'assistant',
    model: 'claude',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 9, output_tokens: 1 },
  },
});
const block = (index: number, content_block: object) =>
  named({ type: 'content_block_start', index, content_block });
const delta = (index: number, given: object) =>
  named({ type: 'content_block_delta', index, delta: given });
const stop = (index: number) => named({ type: 'content_block_stop', index });
const end = (stop_reason: string) =>
  named({
    type: 'message_delta',
    delta: { stop_reason, stop_sequence: null },
    usage: { output_tokens: 5 },
  }) + named({ type: 'message_stop' });
const hello = [
  begin,
  block(0, { type: 'text', text: '' }),
  named({ type: 'ping' }),
  delta(0, { type: 'text_delta', text: 'Hello, ' }),
  delta(0, { type: 'text_delta', text: 'Ada.' }),
];

const ANTHROPIC: Protocol = {
  model: { provider: 'anthropic', model: 'claude' },
  path: '/v1/messages',
  keyHeader: 'x-api-key',
  text: raw(...hello, stop(0), end('end_turn')),
  call: raw(
    begin,
    block(0, { type: 'tool_use', id: 'toolu_1', name: 'add_note', input: {} }),
    delta(0, { type: 'input_json_delta', partial_json: '' }),
    delta(0, { type: 'input_json_delta', partial_json: '{"text":' }),
    delta(0, { type: 'input_json_delta', partial_json: '"Milk"}' }),
    stop(0),
    end('tool_use'),
  ),
  long: raw(...hello, stop(0), end('max_tokens')),
  refused: raw(...hello, stop(0), end('refusal')),
  halfThenBroken: broken(...hello),
  halfThenError: raw(
    ...hello,
    named({ type: 'error', error: { type: 'overloaded_error', message: 'x' } }),
  ),
  errors: [
    [fails(401, { type: 'authentication_error' }), 'model_refused', 'authentication_error'],
    [fails(529, { type: 'overloaded_error' }), 'model_unavailable', 'overloaded_error'],
    [fails(429, { type: 'rate_limit_error' }), 'model_busy', 'rate_limit_error'],
  ],
  echo: 'add_note',
  result: { type: 'tool_result', tool_use_id: 'c1' },
};

const candidate = (parts: object[], finishReason?: string) =>
  data({
    candidates: [
      { content: { role: 'model', parts }, index: 0, ...(finishReason && { finishReason }) },
    ],
    usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 5, totalTokenCount: 14 },
  });
const greeting = [candidate([{ text: 'Hello, ' }]), candidate([{ text: 'Ada.' }])];

const GOOGLE: Protocol = {
  model: { provider: 'google', model: 'gemini' },
  path: '/v1/models/gemini:streamGenerateContent?alt=sse',
  keyHeader: 'x-goog-api-key',
  text: raw(...greeting, candidate([{ text: '' }], 'STOP')),
  call: raw(
    candidate([
      { functionCall: { name: 'add_note', args: { text: 'Milk' } }, thoughtSignature: 'c2ln' },
    ]),
    candidate([{ text: '' }], 'STOP'),
  ),
  long: raw(...greeting, candidate([], 'MAX_TOKENS')),
  refused: raw(...greeting, candidate([], 'SAFETY')),
  halfThenBroken: broken(...greeting),
  halfThenError: raw(...greeting, 'data: {"candidates":[{"content":\n\n'),
  errors: [
    [fails(403, { code: 403, status: 'PERMISSION_DENIED' }), 'model_refused', 'PERMISSION_DENIED'],
    [fails(503, { code: 503, status: 'UNAVAILABLE' }), 'model_unavailable', 'UNAVAILABLE'],
    [fails(429, { code: 429, status: 'RESOURCE_EXHAUSTED' }), 'model_busy', 'RESOURCE_EXHAUSTED'],
  ],
  echo: '"thoughtSignature":"c2ln"',
  result: { functionResponse: expect.objectContaining({ name: 'add_note' }) as object },
};

describe.each([
  ['Anthropic', ANTHROPIC],
  ['Google', GOOGLE],
])('the protocol of %s', (_, protocol) => {
  let server: ModelServer;
  let models: LanguageModels;

  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(async () => {
    server = await startModelServer(protocol.text);
    models = new LanguageModels(new ModelCircuits());
  });
  afterEach(() => server.close());

  async function ask(step: Parameters<typeof aStep>[0] = {}) {
    const parts: ModelPart[] = [];
    let error: ModelError | undefined;
    try {
      const model = aModel(server.url, protocol.model);
      for await (const part of models.stream([model], aStep(step))) parts.push(part);
    } catch (thrown) {
      if (!(thrown instanceof ModelError)) throw thrown;
      error = thrown;
    }
    return {
      text: parts.map((part) => (part.type === 'text' ? part.text : '')).join(''),
      calls: parts.flatMap((part) => (part.type === 'call' ? [part.call] : [])),
      end: parts.find((part) => part.type === 'finish'),
      error,
    };
  }

  it('brings text, with the usage of the provider', async () => {
    const { text, end: finish, error } = await ask();
    expect(error).toBeUndefined();
    expect(text).toBe('Hello, Ada.');
    expect(finish).toMatchObject({
      reason: 'stop',
      usage: { inputTokens: 9, outputTokens: 5, isEstimated: false },
    });
    expect(server.asked[0]).toMatchObject({ path: protocol.path });
    expect(server.asked[0]!.headers[protocol.keyHeader]).toBe(TEST_KEY);
  });

  it('brings a call of a tool, and is told of its result', async () => {
    server.answer(protocol.call, protocol.text);
    const tools = [
      {
        name: 'add_note',
        description: 'Adds a note.',
        inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
      },
    ];
    const { calls, end: finish } = await ask({ tools });
    expect(calls).toMatchObject([{ name: 'add_note', input: { text: 'Milk' } }]);
    expect(finish).toMatchObject({ reason: 'calls' });
    const [call] = calls.map((one) => ({ ...one, id: 'c1' }));
    await ask({
      tools,
      messages: [
        { role: 'user', text: 'Milk' },
        { role: 'assistant', text: '', calls: [call!] },
        {
          role: 'tool',
          results: [{ callId: 'c1', name: 'add_note', text: 'Added.', isError: false }],
        },
      ],
    });
    const told = JSON.stringify(server.asked[1]!.body);
    expect(told).toContain('Added.');
    const contents = (server.asked[1]!.body.messages ?? server.asked[1]!.body.contents) as {
      content?: object[];
      parts?: object[];
    }[];
    const last = contents.at(-1)!;
    expect((last.content ?? last.parts)![0]).toMatchObject(protocol.result);
    // What the provider wants to see again, it sees again.
    expect(told).toContain(protocol.echo);
  });

  it('tells why it stops', async () => {
    server.answer(protocol.long, protocol.refused);
    expect((await ask()).end).toMatchObject({ reason: 'length' });
    expect((await ask()).end).toMatchObject({ reason: 'refused' });
  });

  it('keeps what has come where the rest does not', async () => {
    server.answer(protocol.halfThenBroken, protocol.halfThenError);
    for (let time = 0; time < 2; time += 1) {
      expect(await ask()).toMatchObject({
        text: 'Hello, Ada.',
        error: { code: 'model_broken', begun: { usage: { isEstimated: true } } },
      });
    }
  });

  it('has errors, which are told as what they are', async () => {
    for (const [answer, code, reason] of protocol.errors) {
      server.answer(answer);
      expect((await ask()).error).toMatchObject({ code, details: { reason } });
    }
  });
});
