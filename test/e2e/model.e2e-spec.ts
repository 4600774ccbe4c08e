import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import {
  broken,
  endless,
  fails,
  html,
  type ModelServer,
  raw,
  silent,
  startModelServer,
} from '../../libs/models/src/testing/model-server.js';
import { calls, chunk, DONE, says } from '../../libs/models/src/testing/open-ai-answers.js';
import { aUser, call, say, type User } from './client.ts';
import { isSecret } from './evidence.ts';
import {
  aSecret,
  freshStorage,
  type Gateway,
  PROCESS_ENVIRONMENT,
  query,
  startGateway,
} from './gateway.ts';
import { aModelFile, aModelsDir, MODEL_KEY } from './models.ts';
import { aProfile, aProfilesDir, withoutTitles } from './profiles.ts';
import { openStream } from './streams.ts';

interface Told {
  readonly role: string;
  readonly content?: string | null;
  readonly tool_calls?: { readonly function: { readonly name: string } }[];
}

interface Asked {
  readonly messages: readonly Told[];
  readonly tools?: { readonly function: { readonly name: string } }[];
  readonly max_tokens: number;
}

interface Tokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly isEstimated: boolean;
  readonly costs: { readonly currency: string; readonly amount: number }[];
}

const key = aSecret();
const ALL_NOTES = ['add_note', 'list_notes', 'search_notes', 'read_note', 'delete_note'];

/** An assistant like the notes, with another model or other bounds. */
const thinking = (id: string, model: object) =>
  aProfile(id, {
    engine: 'model',
    model,
    allowedTools: { 'personal-tools': ALL_NOTES },
    toolRisks: { add_note: 'trusted-write', list_notes: 'read' },
    defaultTool: { name: 'add_note', argument: 'text' },
  });

let server: ModelServer;
let sick: ModelServer;
let gateway: Gateway;
let user: User;

beforeAll(async () => {
  server = await startModelServer(says('Hello.'));
  sick = await startModelServer(fails(500));
  // One model for each fault, so that no circuit opens for the others: a circuit belongs to an address.
  const short = { connectMs: 200, firstTokenMs: 300, totalMs: 20_000 };
  const models = [
    aModelFile('main', server.url, { default: true }),
    aModelFile('quick', server.url, { timeouts: short }),
    aModelFile('sick', sick.url),
  ];
  const profiles = {
    ...withoutTitles('notes'),
    'with-fallback.json': thinking('with-fallback', { name: 'sick', fallbacks: ['main'] }),
    'sick-alone.json': thinking('sick-alone', { name: 'sick' }),
    'quick.json': thinking('quick', { name: 'quick' }),
    'bounded.json': thinking('bounded', { steps: 3, outputTokens: 40 }),
    'late.json': thinking('late', { seconds: 1 }),
    'read-alone.json': aProfile('read-alone', {
      engine: 'model',
      allowedTools: { 'personal-tools': ['list_notes'] },
    }),
  };
  gateway = await startGateway({
    environment: {
      MODELS_DIR: aModelsDir(...models),
      PROFILES_DIR: aProfilesDir(profiles),
      [MODEL_KEY]: key,
    },
  });
  user = await aUser(gateway);
});
beforeEach(() => {
  server.asked.length = 0;
  server.answer(says('Hello.'));
});
afterAll(() => Promise.all([server.close(), sick.close()]));

const asked = (index = -1) => server.asked.at(index)!.body as unknown as Asked;

const stored = async (conversationId: string) => {
  const path = `/api/chat/history/${conversationId}`;
  const { data } = await call<{
    messages: { role: string; content: string; status: string; isUnfinished?: boolean }[];
  }>(gateway, path, { token: user.token });
  return data.messages;
};

describe('a message to an assistant with a model', () => {
  it('is answered with the help of a tool, in the words of the model', async () => {
    const note = '{"title":"Milk","text":"2 litres, oat"}';
    server.answer(
      calls({ name: 'add_note', text: note }),
      says('Noted', ': milk,', ' 2 litres 🥛.'),
    );
    const { data } = await say(gateway, user, 'notes', 'Remember: milk, 2 litres, oat');
    expect(data).toMatchObject({ response: 'Noted: milk, 2 litres 🥛.' });
    expect(data.isError).toBeUndefined();
    const messages = await stored(data.conversationId);
    expect(messages.map(({ content }) => content)).toEqual([
      'Remember: milk, 2 litres, oat',
      data.response,
    ]);
    const listed = await say(gateway, user, 'notes', '/search_notes query=oat');
    expect(listed.data.response).toContain('Milk');

    const [system] = asked(0).messages;
    expect(system!.content).toMatch(/You keep the notes of the person/);
    expect(system!.content).toMatch(/asks the person before these tools are called: delete_note\./);
    const result = asked(1).messages.at(-1)!;
    expect(result).toMatchObject({ role: 'tool' });
    const [, marker] = /^\[(data [\w-]{22})\]\n[\s\S]+\n\[\/\1\]$/.exec(result.content!) ?? [];
    expect(marker).toBeDefined();
    expect(system!.content).toContain(`[${marker}]`);
    expect(server.asked[0]!.headers.authorization).toBe(`Bearer ${key}`);
  });

  it('is streamed while it is made, in the same words as the whole answer', async () => {
    const script = () =>
      server.answer(calls({ name: 'list_notes', text: '{}' }), says('You have', ' none 🥛', '.'));
    const body = { message: 'What do I have?', profile_id: 'notes' };
    script();
    const whole = await say(gateway, user, body.profile_id, body.message);
    script();
    const headers = { Accept: 'text/event-stream' };
    const stream = await openStream(gateway, '/api/chat', user, { method: 'POST', body, headers });
    const read = await stream.ended;
    expect(read.isDone).toBe(true);
    expect(read.answer).toBe(whole.data.response);
    expect(read.types).toContain('tool-input-available');
    expect(read.text).not.toMatch(/personal-tools|list_notes/);
    const { runId, conversationId } = read.parts[0]!.messageMetadata!;
    expect((await stored(conversationId)).at(-1)!.content).toBe(whole.data.response);
    const path = `/api/chat/runs/${runId}/events`;
    const again = await (await openStream(gateway, path, user)).ended;
    expect(again.text).toBe(read.text);
  });

  it('goes past the model where it is a command', async () => {
    const { data } = await say(gateway, user, 'notes', '/help');
    expect(data.response).toContain('Write what you want in your own words');
    expect(data.response).not.toContain('No language model');
    expect((await say(gateway, user, 'notes', '/nothing')).data.errorCode).toBe('command_refused');
    expect(server.asked).toHaveLength(0);
    const path = '/api/profiles/notes/capabilities';
    const capabilities = await call<object>(gateway, path, { token: user.token });
    expect(capabilities.data).not.toHaveProperty('defaultCommand');
  });

  it('is told to the model with what was said before it, and nothing else', async () => {
    const other = await aUser(gateway);
    await say(gateway, other, 'notes', 'a secret of another person');
    const { data: first } = await say(gateway, user, 'notes', 'My name is Ada.');
    await say(gateway, user, 'notes', 'a message in another conversation');
    await say(gateway, user, 'notes', 'What is my name?', first.conversationId);
    expect(asked().messages.slice(1)).toEqual([
      { role: 'user', content: 'My name is Ada.' },
      { role: 'assistant', content: 'Hello.' },
      { role: 'user', content: 'What is my name?' },
    ]);
    // To another person the id is that of a conversation of their own.
    await say(gateway, other, 'notes', 'And mine?', first.conversationId);
    expect(asked().messages.slice(1)).toEqual([{ role: 'user', content: 'And mine?' }]);
  });

  it('has the newest of a long conversation with it, as far as the model has room', async () => {
    const { data: first } = await say(gateway, user, 'notes', 'message 1');
    for (let number = 2; number <= 12; number += 1) {
      const text = `message ${number} ${'lorem '.repeat(800)}`;
      await say(gateway, user, 'notes', text, first.conversationId);
    }
    const { messages, tools, max_tokens } = asked();
    const told = messages.filter(({ role }) => role === 'user').map(({ content }) => content!);
    expect(told.length).toBeGreaterThan(2);
    expect(told.length).toBeLessThan(8);
    expect(told.at(-1)).toMatch(/^message 12 /);
    expect(told[0]).toMatch(/^message \d+ lorem/);
    expect(messages[1]!.role).toBe('user');
    const bytes = Buffer.byteLength(JSON.stringify(messages) + JSON.stringify(tools));
    expect(bytes / 4 + max_tokens).toBeLessThan(8_192);
  });
});

describe('the tools of a model', () => {
  it('are those that the profile lets it use', async () => {
    await say(gateway, user, 'notes', 'Hello');
    const names = asked().tools!.map((tool) => tool.function.name);
    expect(names.toSorted()).toEqual(ALL_NOTES.toSorted());
    await say(gateway, user, 'read-alone', 'Hello');
    expect(asked().tools!.map((tool) => tool.function.name)).toEqual(['list_notes']);
  });

  it.each([
    ['that the profile does not allow', { name: 'add_task', text: '{"title":"x"}' }, /no such/],
    ['that does not exist', { name: 'rm', text: '{}' }, /no such tool/],
    ['with arguments that are no JSON', { name: 'add_note', text: '{"te' }, /no JSON object/],
    ['with arguments of harm', { name: 'add_note', text: '{"__proto__":{}}' }, /cannot be called/],
    ['with arguments that do not fit', { name: 'read_note', text: '{}' }, /do not fit/],
    [
      'with what its server refuses, whose words are data',
      { name: 'read_note', text: '{"number":99}' },
      /^\[(data [\w-]{22})\]\n[^]+\n\[\/\1\]$/,
    ],
  ])('are not called %s, and the model is told', async (_, one, reason) => {
    await say(gateway, user, 'notes', '/add_note title=Keep text=this');
    server.answer(calls(one), says('I cannot do that.'));
    const { data } = await say(gateway, user, 'notes', 'Do it');
    expect(data.response).toBe('I cannot do that.');
    expect(asked().messages.at(-1)).toMatchObject({
      role: 'tool',
      content: expect.stringMatching(reason) as string,
    });
    const { data: left } = await say(gateway, user, 'notes', '/search_notes query=Keep');
    expect(left.response).toContain('Keep');
  });

  it('may be several at once, and have one paragraph each around them', async () => {
    const both = raw(
      chunk({ content: 'Let me look.' }),
      ...[0, 1].map((index) =>
        chunk({
          tool_calls: [
            { index, id: `c${index}`, function: { name: 'list_notes', arguments: '{}' } },
          ],
        }),
      ),
      chunk({}, { finish: 'tool_calls' }),
      DONE,
    );
    server.answer(both, says('There it is.'));
    const { data } = await say(gateway, user, 'notes', 'What do I have?');
    expect(data.response).toBe('Let me look.\n\nThere it is.');
    expect(asked().messages.filter(({ role }) => role === 'tool')).toHaveLength(2);
  });
});

describe('an answer that ends at a bound', () => {
  it('says so where the model calls tools without end', async () => {
    server.answer(calls({ name: 'list_notes', text: '{}' }));
    const { data } = await say(gateway, user, 'notes', 'Go on');
    expect(data).toMatchObject({
      isError: true,
      errorCode: 'answer_incomplete',
      response: '(I stopped here: this took more steps than I may take.)',
    });
    expect(server.asked).toHaveLength(8);
  });

  it('says so where the model says more than it may', async () => {
    server.answer(raw(chunk({ content: 'And then' }), chunk({}, { finish: 'length' }), DONE));
    const { data } = await say(gateway, user, 'bounded', 'Tell me all');
    expect(asked().max_tokens).toBe(40);
    expect(data).toMatchObject({
      errorCode: 'answer_incomplete',
      response: 'And then\n\n(I stopped here: the answer is as long as it may be.)',
    });
  });

  it('is refused in the words of the model, or in ours', async () => {
    server.answer(raw(chunk({ refusal: 'Not that.' }), chunk({}, { finish: 'stop' }), DONE));
    const { data } = await say(gateway, user, 'notes', 'x');
    expect(data).toMatchObject({ errorCode: 'answer_refused', response: 'Not that.' });
    server.answer(raw(chunk({}, { finish: 'content_filter' }), DONE));
    const { data: other } = await say(gateway, user, 'notes', 'x');
    expect(other).toMatchObject({
      errorCode: 'answer_refused',
      response: 'I cannot help with that.',
    });
  });
});

describe('a model that fails', () => {
  const half = [chunk({ content: 'Half of ' }), chunk({ content: 'it' })];

  /** One answer in between, so that no circuit opens. */
  afterEach(async () => {
    server.answer(says('Well.'));
    await say(gateway, user, 'notes', 'Are you well?');
  });

  it.each([
    ['an error of the server', fails(500), 502, 'assistant_unavailable', ''],
    ['a key that is not taken', fails(401, { message: key }), 502, 'assistant_unavailable', ''],
    ['a page of HTML', html(), 502, 'assistant_failed', ''],
    ['an end without an answer', raw(DONE), 502, 'assistant_failed', ''],
    ['a malformed chunk', raw('data: {"cho\n\n', DONE), 502, 'assistant_failed', ''],
    ['an answer that breaks off', broken(...half), 502, 'assistant_failed', 'Half of it'],
    ['an answer that only stops', raw(...half), 502, 'assistant_failed', 'Half of it'],
    [
      'a malformed chunk in the middle',
      raw(...half, 'data: {"cho\n\n', DONE),
      502,
      'assistant_failed',
      'Half of it',
    ],
    ['100 MB', endless('x'.repeat(65_536)), 502, 'answer_too_large', ''],
  ])('is told as what it is: %s', async (_, answer, status, code, kept) => {
    server.answer(answer);
    const failed = await say(gateway, user, 'notes', 'Tell me');
    expect([failed.status, failed.body.error?.code]).toEqual([status, code]);
    expect(failed.text).not.toMatch(/model|provider|openai|127\.0\.0\.1/i);
    const messages = await stored(failed.body.error!.conversationId!);
    const answers = messages.filter(({ role }) => role === 'assistant');
    expect(answers.map(({ content }) => content)).toEqual(kept === '' ? [] : [kept]);
    expect(answers.every(({ status: is, isUnfinished }) => is === 'failed' && isUnfinished)).toBe(
      true,
    );
  });

  it('says when to come back', async () => {
    server.answer(fails(429, { code: 'rate_limit_exceeded' }, { 'retry-after': '90' }));
    const failed = await say(gateway, user, 'notes', 'Tell me');
    expect(failed.body.error?.code).toBe('assistant_unavailable');
    expect(failed.headers.get('retry-after')).toBe('90');
  });

  it('ends with the time for its first token, and with that of the answer', async () => {
    server.answer(silent());
    const late = await say(gateway, user, 'quick', 'Tell me');
    expect([late.status, late.body.error?.code]).toEqual([504, 'assistant_timeout']);
    server.answer((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(half.join(''));
    });
    const endless_ = await say(gateway, user, 'late', 'Tell me');
    expect([endless_.status, endless_.body.error?.code]).toEqual([504, 'assistant_timeout']);
    const messages = await stored(endless_.body.error!.conversationId!);
    expect(messages.at(-1)).toMatchObject({ content: 'Half of it', isUnfinished: true });
  });

  it('has its fallback answer, and is left alone after five failures', async () => {
    sick.asked.length = 0;
    for (let time = 0; time < 7; time += 1) {
      const { data } = await say(gateway, user, 'with-fallback', 'Hello');
      expect(data.response).toBe('Hello.');
    }
    expect(sick.asked).toHaveLength(5);
    const alone = await say(gateway, user, 'sick-alone', 'Hello');
    expect(alone.body.error?.code).toBe('assistant_unavailable');
    expect(Number(alone.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(sick.asked).toHaveLength(5);
    await expect
      .poll(() => gateway.log())
      .toMatch(/"event":"model\.circuit\.opened","model":"sick"/);
  });
});

describe('what a model uses', () => {
  const usage = async (of: User) => {
    const { data } = await call<{ models: { today: Tokens; month: Tokens } }>(
      gateway,
      '/api/me/usage',
      { token: of.token },
    );
    return data.models;
  };

  it('is counted, with what it costs, for the day, the month, and the run', async () => {
    const someone = await aUser(gateway);
    const nothing = { inputTokens: 0, outputTokens: 0, isEstimated: false, costs: [] };
    expect(await usage(someone)).toEqual({ today: nothing, month: nothing });
    // 20 and 8 for the call, 12 and 3 for the answer.
    server.answer(calls({ name: 'list_notes', text: '{}' }), says('None.'));
    const { data } = await say(gateway, someone, 'notes', 'What do I have?');
    const counted = {
      inputTokens: 32,
      outputTokens: 11,
      isEstimated: false,
      costs: [{ currency: 'USD', amount: (32 * 2 + 11 * 10) / 1e6 }],
    };
    expect(await usage(someone)).toEqual({ today: counted, month: counted });
    const exported = await call(gateway, '/api/me/export', { token: someone.token });
    const { modelUsage } = JSON.parse(exported.text) as { modelUsage: { runs: object[] } };
    expect(modelUsage.runs).toMatchObject([
      { conversationId: data.conversationId, model: 'main', inputTokens: 32, currency: 'USD' },
    ]);
    const path = `/api/chat/conversations/${data.conversationId}`;
    const conversation = await call(gateway, path, { token: someone.token });
    expect(conversation.data).toMatchObject({ profileId: 'notes', usage: counted });
    expect((await call(gateway, path, { token: user.token })).status).toBe(404);
    const fresh = await say(gateway, someone, 'notes', '/list_notes');
    const unused = await call(gateway, `/api/chat/conversations/${fresh.data.conversationId}`, {
      token: someone.token,
    });
    expect(unused.data.usage).toEqual({
      inputTokens: 0,
      outputTokens: 0,
      isEstimated: false,
      costs: [],
    });
    await call(gateway, path, { token: someone.token, method: 'DELETE' });
    expect(await usage(someone)).toEqual({ today: counted, month: counted });
    const rows = await query(
      gateway,
      `select * from run_usage where run_id in (select id from runs where conversation_id = '${data.conversationId}')`,
    );
    expect(rows).toEqual([]);
  });

  it('is estimated where the provider does not say, also of half an answer', async () => {
    const someone = await aUser(gateway);
    server.answer(broken(chunk({ content: 'Half of it, and no more' })));
    await say(gateway, someone, 'notes', 'Tell me');
    const { today } = await usage(someone);
    expect(today).toMatchObject({ isEstimated: true, outputTokens: 7 });
    expect(today.inputTokens).toBeGreaterThan(100);
  });

  it('is counted for many at once', async () => {
    const someone = await aUser(gateway);
    await Promise.all(Array.from({ length: 20 }, () => say(gateway, someone, 'notes', 'Hello')));
    expect((await usage(someone)).today).toMatchObject({ inputTokens: 240, outputTokens: 60 });
  });
});

describe('the log', () => {
  it('has no key and no text of a conversation, whatever failed', async () => {
    isSecret(key);
    await expect.poll(() => gateway.log()).toContain('"event":"model.failed"');
    const log = gateway.log();
    expect(log).not.toContain(key);
    expect(log).not.toMatch(/Half of it|Remember: milk|lorem/);
  });
});

describe('the start', () => {
  /** What a terminal shows. Not kept: the walk-through has messages that other tests look for as secrets. */
  async function shown(given: Record<string, string>): Promise<string> {
    const storage = await freshStorage();
    const development = { NODE_ENV: 'development', PORT: '0', MODEL_DISCOVERY: 'off' };
    const child = spawn(process.execPath, [resolve('dist/apps/gateway/src/main.js')], {
      env: { ...PROCESS_ENVIRONMENT, ...storage, ...development, ...given },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    try {
      await expect.poll(() => text).toContain('auth/logout');
    } finally {
      child.kill('SIGKILL');
    }
    return text;
  }

  it('names the model in development, or says that there is none', async () => {
    const dir = aModelsDir(aModelFile('main', server.url));
    const one = await shown({ MODELS_DIR: dir, [MODEL_KEY]: key });
    expect(one).toContain('Language model: main (test-model)');
    expect(await shown({})).toContain('No language model: assistants answer to commands');
  });
});
