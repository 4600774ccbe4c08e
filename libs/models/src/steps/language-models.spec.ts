import { Logger } from '@nestjs/common';
import type { Model } from '../catalog/model.js';
import type { ModelTool } from '../conversation/model-message.js';
import { ModelError } from '../model.error.js';
import { ModelCircuits } from '../resilience/model-circuits.js';
import { aModel, aStep, TEST_KEY } from '../testing/model.factory.js';
import {
  broken,
  endless,
  fails,
  html,
  type ModelServer,
  raw,
  silent,
  startModelServer,
} from '../testing/model-server.js';
import { calls, chunk, DONE, event, says, usageOf } from '../testing/open-ai-answers.js';
import { LanguageModels } from './language-models.js';
import type { ModelPart, ModelStep } from '../conversation/model-step.js';

const ADD_NOTE: ModelTool = {
  name: 'add_note',
  description: 'Adds a note.',
  inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
};

let server: ModelServer;
let other: ModelServer;
let models: LanguageModels;

beforeAll(() => Logger.overrideLogger(false));
beforeEach(async () => {
  server = await startModelServer(says('Hello', ', ', 'Ada.'));
  other = await startModelServer(says('From the other.'));
  models = new LanguageModels(new ModelCircuits());
});

afterEach(() => Promise.all([server.close(), other.close()]));

/** Everything that came, and why it ended. */
async function ask(chain: Model[], step: Partial<ModelStep> = {}) {
  const parts: ModelPart[] = [];
  let error: ModelError | undefined;
  try {
    for await (const part of models.stream(chain, aStep(step))) parts.push(part);
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

const asked = (given: Partial<Model> = {}) => ask([aModel(server.url, given)]);

describe('an answer', () => {
  it('comes in the pieces of the model, with its reason and its usage', async () => {
    const price = { currency: 'USD', input: 2, output: 10 };
    const { text, end, error } = await asked({ price });
    expect(error).toBeUndefined();
    expect(text).toBe('Hello, Ada.');
    expect(end).toEqual({
      type: 'finish',
      reason: 'stop',
      model: 'test',
      usage: {
        inputTokens: 12,
        outputTokens: 3,
        isEstimated: false,
        cost: { currency: 'USD', nanos: 12 * 2_000 + 3 * 10_000 },
      },
    });
  });

  it('is asked for with the key, the tools and the bound, and a connection is used again', async () => {
    const step = { tools: [ADD_NOTE], maxOutputTokens: 9_999 };
    await ask([aModel(server.url)], step);
    await expect
      .poll(async () => {
        await ask([aModel(server.url)], step);
        return server.asked.length - server.connections;
      })
      .toBeGreaterThan(0);
    const [{ headers, body, path }] = server.asked as [(typeof server.asked)[0]];
    expect(path).toBe('/v1/chat/completions');
    expect(headers.authorization).toBe(`Bearer ${TEST_KEY}`);
    expect(body).toMatchObject({ model: 'test-model', max_tokens: 1_024, stream: true });
    expect(body.tools).toEqual([
      { type: 'function', function: expect.objectContaining({ name: 'add_note' }) as object },
    ]);
  });

  it('is told of the calls before it, and of their results', async () => {
    await ask([aModel(server.url)], {
      tools: [{ ...ADD_NOTE, name: 'notes/add note' }],
      messages: [
        { role: 'user', text: 'Milk' },
        {
          role: 'assistant',
          text: '',
          calls: [{ id: 'c1', name: 'notes/add note', input: { text: 'Milk' } }],
        },
        {
          role: 'tool',
          results: [{ callId: 'c1', name: 'notes/add note', text: 'Added.', isError: false }],
        },
      ],
    });
    const { messages, tools } = server.asked[0]!.body as {
      messages: { role: string; tool_calls?: { function: { name: string } }[] }[];
      tools: { function: { name: string } }[];
    };
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool']);
    const name = tools[0]!.function.name;
    expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    expect(messages[2]!.tool_calls![0]!.function.name).toBe(name);
    server.answer(calls({ name, text: '{"text":"Eggs"}' }));
    const step = { tools: [{ ...ADD_NOTE, name: 'notes/add note' }] };
    const answer = await ask([aModel(server.url)], step);
    expect(answer.calls.map((call) => call.name)).toEqual(['notes/add note']);
  });

  it('is whole where a character is cut in two, by bytes or by halves', async () => {
    const bytes = Buffer.from(chunk({ content: 'Grüße 👋🏽' }));
    const [first, second] = [bytes.subarray(0, -25), bytes.subarray(-25)];
    const tail = chunk({}, { finish: 'stop' }) + DONE;
    server.answer((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(first);
      response.write(second);
      response.write('data: {"choices":[{"index":0,"delta":{"content":" \\ud83d"}}]}\n\n');
      response.write('data: {"choices":[{"index":0,"delta":{"content":"\\ude00!"}}]}\n\n');
      response.end(tail);
    });
    expect((await asked()).text).toBe('Grüße 👋🏽 😀!');
  });

  it('has no character that a database or a terminal would not take', async () => {
    server.answer(says('a\u0000b\u001b[31m', 'c\u202Ed\u{e0041}', '\te\r\nf'));
    expect((await asked()).text).toBe('ab[31mcd\te\nf');
  });

  it('is as long as it may be, and says so', async () => {
    server.answer(raw(chunk({ content: 'And then' }), chunk({}, { finish: 'length' }), DONE));
    expect(await asked()).toMatchObject({ text: 'And then', end: { reason: 'length' } });
  });

  it.each([
    ['a refusal', chunk({ refusal: 'I cannot help.' }, {}), chunk({}, { finish: 'stop' })],
    ['a filter', chunk({ content: 'I cannot help.' }), chunk({}, { finish: 'content_filter' })],
  ])('is told apart where it is %s', async (_, ...chunks) => {
    server.answer(raw(...chunks, DONE));
    expect(await asked()).toMatchObject({ text: 'I cannot help.', end: { reason: 'refused' } });
  });

  it.each([
    ['before it', [chunk(null), chunk({ content: 'Hi' }), chunk({}, { finish: 'stop' }), DONE]],
    ['behind it', [chunk({ content: 'Hi' }), chunk({}, { finish: 'stop' }), chunk(null), DONE]],
  ])('may have chunks without a choice %s', async (_, chunks) => {
    server.answer(raw(...chunks));
    expect(await asked()).toMatchObject({ text: 'Hi', end: { reason: 'stop' }, error: undefined });
  });

  it('has an estimated usage where the server reports none', async () => {
    server.answer(raw(chunk({ content: 'Hello, Ada.' }), chunk({}, { finish: 'stop' }), DONE));
    const { end } = await asked();
    expect(end).toMatchObject({ usage: { isEstimated: true, outputTokens: 4 } });
    const { usage } = end as { usage: { inputTokens: number } };
    expect(usage.inputTokens).toBeGreaterThan(5);
    expect(usage.inputTokens).toBeLessThan(50);
  });

  it('may report its usage with each chunk: the last one counts', async () => {
    server.answer(
      raw(
        chunk({ content: 'Hi' }, { usage: usageOf(5, 1) }),
        chunk({ content: '!' }, { usage: usageOf(5, 2), finish: 'stop' }),
        DONE,
      ),
    );
    expect((await asked()).end).toMatchObject({ usage: { inputTokens: 5, outputTokens: 2 } });
  });
});

describe('a call of a tool', () => {
  it('is put together from its fragments', async () => {
    server.answer(calls({ name: 'add_note', text: '{"text":"Milk and 🥚"}' }));
    const answer = await asked();
    expect(answer.calls).toEqual([
      { id: 'call_0', name: 'add_note', input: { text: 'Milk and 🥚' } },
    ]);
    expect(answer.end).toMatchObject({ reason: 'calls' });
  });

  it('may be one of several', async () => {
    server.answer(
      calls({ name: 'add_note', text: '{"text":"a"}' }, { name: 'list_notes', text: '' }),
    );
    const given = (await asked()).calls.map(({ name, input }) => [name, input]);
    expect(given).toEqual([
      ['add_note', { text: 'a' }],
      ['list_notes', {}],
    ]);
  });

  it('has an id of its own, also where the server gives all the same', async () => {
    const one = { name: 'add_note', text: '{}', id: 'x' };
    server.answer(calls(one, one));
    const ids = (await asked()).calls.map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
  });

  it.each(['{"text":"Mi', '[1]', 'null', 'text=Milk'])(
    'has no input where its arguments are %s',
    async (text) => {
      server.answer(calls({ name: 'add_note', text }));
      expect((await asked()).calls).toEqual([{ id: 'call_0', name: 'add_note', input: undefined }]);
    },
  );

  it('is passed on for a tool that does not exist: who asks has to say so', async () => {
    server.answer(calls({ name: 'rm_rf', text: '{}' }));
    expect((await asked()).calls).toMatchObject([{ name: 'rm_rf', input: {} }]);
  });

  it('is one of so many at most', async () => {
    const one = { name: 'add_note', text: '{}' };
    server.answer(calls(...Array.from({ length: 40 }, () => one)));
    expect((await asked()).error).toMatchObject({ code: 'model_too_large' });
  });
});

describe('a failure before the first token', () => {
  it.each([
    ['a key that is not taken', fails(401, { code: 'invalid_api_key' }), 'model_refused'],
    ['a request that is not taken', fails(400, { type: 'invalid_request_error' }), 'model_refused'],
    ['an empty account', fails(429, { code: 'insufficient_quota' }), 'model_refused'],
    ['a limit', fails(429, { code: 'rate_limit_exceeded' }), 'model_busy'],
    ['an error of the server', fails(500), 'model_unavailable'],
    ['overload', fails(529, { type: 'overloaded_error' }), 'model_unavailable'],
    ['a redirect', fails(302, {}, { location: 'http://127.0.0.1:9/' }), 'model_refused'],
    ['a page of HTML with 200', html(), 'model_broken'],
    ['an error in the stream', raw(event({ error: { message: 'no' } })), 'model_broken'],
    ['a chunk that is no JSON', raw('data: {"choices":[{"del\n\n', DONE), 'model_broken'],
    ['a chunk of another protocol', raw(event({ hello: 1 }), DONE), 'model_broken'],
    ['nothing but an end', raw(DONE), 'model_broken'],
    ['no choice at all', raw(chunk(null), chunk(null), DONE), 'model_broken'],
    ['a connection that breaks', broken(), 'model_broken'],
  ])('is told as what it is: %s', async (_, answer, code) => {
    server.answer(answer);
    const { error, text } = await asked();
    expect(error).toMatchObject({ code });
    expect(error!.begun).toBeUndefined();
    expect(text).toBe('');
  });

  it('has nothing that the provider said, but a bare code', async () => {
    server.answer(fails(401, { message: `Incorrect key ${TEST_KEY}`, code: 'invalid_api_key' }));
    const { error } = await asked();
    expect(error!.details).toEqual({ reason: 'invalid_api_key', statusCode: 401 });
    server.answer(fails(400, { message: 'x', code: 'Your text: Hello' }));
    expect((await asked()).error!.details).toEqual({ reason: 'status_400', statusCode: 400 });
  });

  it('is told where nothing listens', async () => {
    await other.close();
    const { error } = await ask([aModel(other.url)]);
    expect(error).toMatchObject({
      code: 'model_unavailable',
      details: { reason: 'ECONNREFUSED' },
    });
  });

  it.each([
    ['says nothing', silent()],
    ['sends headers only', silent({ withHeaders: true })],
    ['sends nothing but comments', endlessComments],
  ])('comes after the time for the first token where the server %s', async (_, answer) => {
    server.answer(answer);
    const timeouts = { connectMs: 100, firstTokenMs: 150, totalMs: 5_000 };
    expect((await asked({ timeouts })).error).toMatchObject({
      code: 'model_timeout',
      details: { reason: 'first_token' },
    });
    await expect.poll(() => server.cut).toBe(1);
  });

  it('is tried again, and the caller does not notice', async () => {
    server.answer(fails(503), broken(), says('At last.'));
    expect(await asked({ retries: 2 })).toMatchObject({ text: 'At last.', error: undefined });
    expect(server.asked).toHaveLength(3);
  });

  it('is tried again only so often', async () => {
    server.answer(fails(500));
    expect((await asked({ retries: 1 })).error).toMatchObject({ code: 'model_unavailable' });
    expect(server.asked).toHaveLength(2);
  });

  it('is not tried again where that is of no use', async () => {
    server.answer(fails(400));
    await asked({ retries: 3 });
    expect(server.asked).toHaveLength(1);
  });

  it('is tried again when the provider wants it, and not at all if that is far off', async () => {
    server.answer(fails(429, {}, { 'retry-after-ms': '300' }), says('Now.'));
    const began = performance.now();
    expect((await asked({ retries: 1 })).text).toBe('Now.');
    expect(performance.now() - began).toBeGreaterThan(290);
    server.answer(fails(429, {}, { 'retry-after': '3600' }));
    const { error } = await asked({ retries: 1 });
    expect(error).toMatchObject({ code: 'model_busy', details: { retryAfterMs: 3_600_000 } });
    expect(server.asked).toHaveLength(3);
  });

  it('goes to the next model of the chain', async () => {
    server.answer(fails(500));
    const chain = [aModel(server.url), aModel(other.url, { id: 'other' })];
    expect(await ask(chain)).toMatchObject({
      text: 'From the other.',
      end: { model: 'other' },
    });
  });

  it('of all models is that of the last', async () => {
    server.answer(fails(500));
    other.answer(fails(401));
    const chain = [aModel(server.url), aModel(other.url, { id: 'other' })];
    expect((await ask(chain)).error).toMatchObject({ code: 'model_refused' });
    expect((await ask([])).error).toMatchObject({ code: 'model_unavailable' });
  });

  it('opens the circuit of its provider: it is then not asked, until it has had a pause', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      server.answer(fails(500));
      for (let time = 0; time < 5; time += 1) await asked();
      const chain = [aModel(server.url), aModel(other.url, { id: 'other' })];
      expect((await ask(chain)).text).toBe('From the other.');
      expect(await asked()).toMatchObject({ error: { details: { reason: 'circuit_open' } } });
      expect(server.asked).toHaveLength(5);
      vi.advanceTimersByTime(15_001);
      server.answer(silent({ withHeaders: true }));
      const trial = asked();
      await expect.poll(() => server.asked.length).toBe(6);
      // Others do not wait for the one that tries.
      expect(await asked()).toMatchObject({ error: { details: { reason: 'circuit_open' } } });
      await server.close();
      await trial;
    } finally {
      vi.useRealTimers();
    }
  });

  it('that is a refusal leaves the circuit closed', async () => {
    server.answer(fails(400));
    for (let time = 0; time < 6; time += 1) await asked();
    server.answer(says('Here.'));
    expect((await asked()).text).toBe('Here.');
  });
});

describe('a failure after the first token', () => {
  const half = [chunk({ content: 'Half of ' }), chunk({ content: 'it' })];

  it.each([
    ['a connection that breaks', broken(...half), 'model_broken'],
    ['a stream that only stops', raw(...half), 'model_broken'],
    ['a stream that says it is done too early', raw(...half, DONE), 'model_broken'],
    ['an error in the stream', raw(...half, event({ error: { message: 'x' } })), 'model_broken'],
    ['a chunk that is no JSON', raw(...half, 'data: {"cho\n\n'), 'model_broken'],
    ['a cut within a character', broken(...half, Buffer.from([0x64, 0xc3])), 'model_broken'],
  ])('keeps what has come, and what it costs: %s', async (_, answer, code) => {
    server.answer(answer);
    const chain = [aModel(server.url, { retries: 3 }), aModel(other.url, { id: 'other' })];
    const { text, error } = await ask(chain);
    expect(text).toBe('Half of it');
    expect(error).toMatchObject({
      code,
      begun: { model: 'test', usage: { isEstimated: true, outputTokens: 4 } },
    });
    expect(server.asked).toHaveLength(1);
    expect(other.asked).toHaveLength(0);
  });

  it('comes where the answer has no end in time', async () => {
    server.answer((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(half.join(''));
    });
    const timeouts = { connectMs: 100, firstTokenMs: 400, totalMs: 400 };
    const { text, error } = await asked({ timeouts });
    expect(text).toBe('Half of it');
    expect(error).toMatchObject({ code: 'model_timeout', details: { reason: 'total' } });
    await expect.poll(() => server.cut).toBe(1);
  });

  it.each([
    ['many chunks', endless(chunk({ content: 'x'.repeat(1_000) }))],
    ['one chunk', endless('x'.repeat(65_536))],
  ])('comes where the answer goes on and on in %s, within a bounded memory', async (_, answer) => {
    server.answer(answer);
    const before = process.memoryUsage().rss;
    const { error, text } = await asked();
    expect(error).toMatchObject({ code: 'model_too_large' });
    expect(text.length).toBeLessThan(2_000_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);
    await expect.poll(() => server.cut).toBe(1);
  });
});

describe('a step that is given up', () => {
  it('ends at once, while it waits and while it is read', async () => {
    server.answer(silent());
    const waiting = new AbortController();
    const asking = ask([aModel(server.url)], { signal: waiting.signal });
    await expect.poll(() => server.asked.length).toBe(1);
    waiting.abort();
    expect((await asking).error).toMatchObject({ code: 'model_cancelled' });
    await expect.poll(() => server.cut).toBe(1);

    const reading = new AbortController();
    server.answer(endlessTokens);
    for await (const part of models.stream([aModel(server.url)], aStep())) {
      if (part.type === 'text') break;
    }
    await expect.poll(() => server.cut).toBe(2);
    const until = models.stream([aModel(server.url)], aStep({ signal: reading.signal }));
    await expect(
      (async () => {
        for await (const part of until) if (part.type === 'text') reading.abort();
      })(),
    ).rejects.toMatchObject({ code: 'model_cancelled' });
    await expect.poll(() => server.cut).toBe(3);
  });

  it('is not even asked where it is given up before', async () => {
    const { error } = await ask([aModel(server.url)], { signal: AbortSignal.abort() });
    expect(error).toMatchObject({ code: 'model_cancelled' });
    expect(server.asked).toHaveLength(0);
  });
});

function endlessComments(response: Parameters<ReturnType<typeof silent>>[0]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const timer = setInterval(() => response.write(': ping\n\n'), 20);
  response.once('close', () => clearInterval(timer));
}

function endlessTokens(response: Parameters<ReturnType<typeof silent>>[0]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const timer = setInterval(() => response.write(chunk({ content: 'x ' })), 5);
  response.once('close', () => clearInterval(timer));
}
