import { resolve } from 'node:path';
import { type ModelServer, startModelServer } from '../../libs/models/src/testing/model-server.js';
import { calls, says } from '../../libs/models/src/testing/open-ai-answers.js';
import { momentOf } from '../attack/auth/second-factor-user.ts';
import { aUser, call, type User } from './client.ts';
import { aSecret, freshStorage, type Gateway, query, startGateway } from './gateway.ts';
import { aModelFile, aModelsDir, MODEL_KEY } from './models.ts';
import { aProfile, aProfilesDir } from './profiles.ts';
import { follow, openStream, type Stream } from './streams.ts';

interface Card {
  readonly inputId: string;
  readonly kind: string;
  readonly title: string;
  readonly message: string;
  readonly fields?: { readonly name: string; readonly type: string }[];
  readonly url?: string;
  readonly host?: string;
  readonly state: string;
}

interface RunState {
  readonly runId: string;
  readonly conversationId: string;
  readonly status: string;
  readonly errorCode?: string;
  readonly finishedAt: string | null;
  readonly inputs?: Card[];
}

const TOOLS = [
  'book',
  'sign_in',
  'sign_in_plainly',
  'ask_password',
  'ask_deep',
  'ask_much',
  'nag',
  'poll',
  'two_at_once',
  'elsewhere_first',
];

const asking = (id: string, era: string, changes: object = {}) =>
  aProfile(id, {
    engine: 'model',
    servers: [
      {
        name: 'asking',
        transport: 'stdio',
        command: process.execPath,
        args: [resolve('test/e2e/asking-server.mjs'), era],
      },
    ],
    allowedTools: { asking: TOOLS },
    toolRisks: Object.fromEntries(TOOLS.map((tool) => [tool, 'trusted-write'])),
    ...changes,
  });

const ANSWER = { seats: 2, name: 'Ada', meal: 'd', extras: ['w', 't'], window: false };

let model: ModelServer;
let environment: Record<string, string>;
let gateway: Gateway;
let user: User;

beforeAll(async () => {
  model = await startModelServer(says('Hello.'));
  environment = {
    ...(await freshStorage()),
    MODELS_DIR: aModelsDir(aModelFile('main', model.url, { default: true })),
    PROFILES_DIR: aProfilesDir({
      'asking.json': asking('asking', 'modern'),
      'older.json': asking('older', 'legacy'),
      'careful.json': asking('careful', 'modern', { toolRisks: {} }),
    }),
    TOOL_PINS: 'off',
    [MODEL_KEY]: aSecret(),
    ERASURE_GRACE: '0s',
    ERASURE_SETTLE: '1s',
    JWT_SECRET: aSecret(),
    PASSWORD_PEPPER: aSecret(),
  };
  gateway = await startGateway({ environment });
});
beforeEach(async () => {
  model.asked.length = 0;
  model.answer(says('Hello.'));
  user = await aUser(gateway);
});
afterAll(() => model.close());

const send = (message: string, profile_id = 'asking', by = user, at = gateway) =>
  call<RunState & { response: string }>(at, '/api/chat', {
    token: by.token,
    body: { message, profile_id },
  });

/** Sends a command whose tool asks, and returns its run, which waits. */
async function waiting(message: string, by = user, at = gateway): Promise<RunState> {
  const sent = await send(message, 'asking', by, at);
  expect([sent.status, sent.data.status]).toEqual([202, 'waiting_for_input']);
  return sent.data;
}

const answer = (runId: string, body: unknown, by = user, at = gateway) =>
  call<RunState>(at, `/api/chat/runs/${runId}/input`, { token: by.token, body });

const accept = (content?: unknown, inputId = '1.1') => ({ inputId, action: 'accept', content });

const runOf = async (runId: string, by = user, at = gateway) =>
  (await call<RunState>(at, `/api/chat/runs/${runId}`, { token: by.token })).data;

const ended = async (runId: string, by = user, at = gateway) => {
  await expect.poll(async () => (await runOf(runId, by, at)).finishedAt).not.toBeNull();
  return runOf(runId, by, at);
};

const answerOf = async ({ conversationId }: RunState, by = user, at = gateway) => {
  const path = `/api/chat/history/${conversationId}`;
  const history = await call<{ messages: { content: string }[] }>(at, path, { token: by.token });
  return history.data.messages.at(-1)!.content;
};

const ago = (seconds: number) => momentOf(gateway, Date.now() - seconds * 1_000);

const cardsOf = (stream: Stream) => stream.read().parts.filter(({ type }) => type === 'data-input');

describe('a form of a server of the 2026 era', () => {
  it('is a card with typed fields, and the tool goes on with what was entered', async () => {
    const run = await waiting('/book place=Roma');
    const [card] = run.inputs!;
    expect(card).toMatchObject({
      inputId: '1.1',
      kind: 'form',
      title: 'Book',
      message: 'A table at Roma?',
      state: 'pending',
      fields: [
        {
          name: 'seats',
          title: 'Seats',
          type: 'integer',
          minimum: 1,
          maximum: 8,
          isRequired: true,
        },
        { name: 'name', description: 'For the table', type: 'text', minLength: 2, maxLength: 20 },
        { name: 'mail', type: 'text', format: 'email', isRequired: false },
        { name: 'day', type: 'text', format: 'date' },
        { name: 'meal', type: 'choice', options: [{ value: 'l', title: 'Lunch' }, { value: 'd' }] },
        { name: 'extras', type: 'choices', maxItems: 2, options: { length: 3 } },
        { name: 'window', type: 'boolean', default: true },
        { name: 'tip', type: 'number', minimum: 0, default: 1.5 },
      ],
    });
    const answered = await answer(run.runId, accept(ANSWER));
    expect(answered.status).toBe(200);
    expect((await ended(run.runId)).inputs).toMatchObject([{ state: 'accepted' }]);
    expect(await answerOf(run)).toBe(
      `kept ${JSON.stringify({ action: 'accept', content: ANSWER })}`,
    );
  });

  it.each(['decline', 'cancel'])('can be answered with %s', async (action) => {
    const run = await waiting('/book place=Roma');
    await answer(run.runId, { inputId: '1.1', action });
    await ended(run.runId);
    expect(await answerOf(run)).toBe(`kept {"action":"${action}"}`);
  });

  it('is in the stream, with what follows, for who reads it from the beginning', async () => {
    const body = { message: '/book place=Roma', profile_id: 'asking' };
    const headers = { Accept: 'text/event-stream' };
    const stream = await openStream(gateway, '/api/chat', user, { method: 'POST', body, headers });
    await expect.poll(() => cardsOf(stream)).toHaveLength(1);
    const { runId } = stream.read().parts[0]!.messageMetadata!;
    await answer(runId, accept(ANSWER));
    const { types, parts } = await stream.ended;
    expect(types).toEqual([
      'start',
      'data-run',
      'tool-input-available',
      'data-input',
      'data-run',
      'data-input',
      'data-run',
      'tool-output-available',
      'text-start',
      'text-delta',
      'text-end',
      'data-run',
      'finish',
    ]);
    expect(JSON.stringify(parts.filter(({ type }) => type === 'data-input'))).not.toContain('Ada');
    const late = await follow(gateway, user, runId);
    expect((await late.ended).types).toEqual(types);
  });

  it('is also followed where the message was sent without a stream', async () => {
    const run = await waiting('/book place=Roma');
    const stream = await follow(gateway, user, run.runId);
    await answer(run.runId, accept(ANSWER));
    const { types, answer: text } = await stream.ended;
    expect(types.slice(0, 5)).toEqual([
      'start',
      'data-run',
      'tool-input-available',
      'data-input',
      'data-run',
    ]);
    expect(text).toContain('"name":"Ada"');
  });

  it('may be one of several', async () => {
    const run = await waiting('/two_at_once');
    expect(run.inputs!.map(({ inputId }) => inputId)).toEqual(['1.1', '1.2']);
    const first = await answer(run.runId, { inputId: '1.2', action: 'decline' });
    expect(first.data.status).toBe('waiting_for_input');
    await answer(run.runId, accept(ANSWER));
    await ended(run.runId);
    expect(await answerOf(run)).toBe('accept decline');
  });

  it('is met by a language model, too', async () => {
    model.answer(calls({ name: 'book', text: '{"place":"Roma"}' }), says('Booked.'));
    const run = await waiting('Book a table');
    expect(run.inputs).toMatchObject([{ inputId: '1-1.1', title: 'Book' }]);
    await answer(run.runId, accept(ANSWER, '1-1.1'));
    expect((await ended(run.runId)).status).toBe('succeeded');
    expect(await answerOf(run)).toBe('Booked.');
    const { messages } = model.asked.at(-1)!.body as { messages: { content: string }[] };
    expect(messages.at(-1)!.content).toContain('"name":"Ada"');
  });
});

describe('an answer that comes long after an approval', () => {
  it('has nothing done that was approved with it', async () => {
    const booking = { name: 'book', text: '{"place":"Roma"}', id: 'c1' };
    model.answer(calls(booking, { name: 'sign_in', text: '{}', id: 'c2' }), says('Booked.'));
    const { runId } = (await send('Book a table', 'careful')).data;
    for (const callId of ['1-1', '1-2']) {
      const path = `/api/chat/runs/${runId}/approvals/${callId}`;
      await call(gateway, path, { token: user.token, body: { approve: true } });
    }
    await expect.poll(async () => (await runOf(runId)).inputs).toHaveLength(1);
    await query(
      gateway,
      `update run_approvals set decided_at = ${ago(1_000_000)} where run_id = '${runId}' returning run_id`,
    );
    await answer(runId, accept(ANSWER, '1-1.1'));
    expect(await ended(runId)).toMatchObject({ status: 'succeeded', inputs: { length: 1 } });
    const { messages } = model.asked.at(-1)!.body as { messages: { content: string }[] };
    expect(messages.at(-2)!.content).toContain('"name":"Ada"');
    expect(messages.at(-1)!.content).toBe(
      'The person approved this call too long ago. It was not made.',
    );
  });
});

describe('an address of a server of the 2026 era', () => {
  it('is shown as a whole with its host', async () => {
    const run = await waiting('/sign_in');
    expect(run.inputs).toMatchObject([
      {
        kind: 'url',
        message: 'Sign in first.',
        url: 'https://accounts.example/authorize?state=1',
        host: 'accounts.example',
      },
    ]);
    await answer(run.runId, accept());
    await ended(run.runId);
    expect(await answerOf(run)).toBe('kept {"action":"accept"}');
  });

  it('comes as an error from older servers, which are called again', async () => {
    const sent = await send('/elsewhere_first', 'older');
    expect(sent.data.inputs).toMatchObject([{ kind: 'url', host: 'accounts.example' }]);
    await answer(sent.data.runId, accept());
    await ended(sent.data.runId);
    expect(await answerOf(sent.data)).toBe('There you are.');
  });
});

describe('a question that is not fit', () => {
  it.each([
    ['ask_password', 'a password or a key'],
    ['ask_deep', 'no text, number, choice or switch'],
    ['ask_much', 'over 24 fields'],
    ['sign_in_plainly', 'credentials'],
  ])('is declined by itself, and logged: %s', async (tool, reason) => {
    const sent = await send(`/${tool}`);
    expect([sent.status, sent.data.response]).toEqual([200, 'kept {"action":"decline"}']);
    await expect.poll(() => gateway.log()).toContain(reason);
  });

  it('does not come for ever', async () => {
    const run = await waiting('/nag');
    for (let round = 1; round < 8; round += 1) {
      await answer(run.runId, { inputId: `1.${round}`, action: 'decline' });
      await expect
        .poll(async () => (await runOf(run.runId)).inputs!.at(-1)!.inputId)
        .toBe(`1.${round + 1}`);
    }
    await answer(run.runId, { inputId: '1.8', action: 'decline' });
    expect((await ended(run.runId)).errorCode).toBe('assistant_failed');
  });

  it('is none where the server only wants to be called again', async () => {
    expect((await send('/poll')).data.response).toBe('polled 3');
  });
});

describe('an answer', () => {
  it('that does not fit is refused field by field, and the run still waits', async () => {
    const run = await waiting('/book place=Roma');
    const bad = {
      seats: 9.5,
      name: 'A',
      mail: 'no',
      day: '2027-13-40',
      meal: 'x',
      extras: ['w', 'w'],
      window: 'yes',
      tip: -1,
      other: 1,
    };
    const refused = await answer(run.runId, accept(bad));
    expect([refused.status, refused.body.error?.code]).toEqual([400, 'invalid_input']);
    expect(refused.body.error!.details!.map(({ field }) => field).toSorted()).toEqual(
      Object.keys(bad)
        .map((name) => `content.${name}`)
        .toSorted(),
    );
    const missing = await answer(run.runId, accept({}));
    expect(missing.body.error!.details).toHaveLength(2);
    expect((await runOf(run.runId)).status).toBe('waiting_for_input');
    expect((await answer(run.runId, accept(ANSWER))).status).toBe(200);
  });

  it('is refused a second time, to other people, for what is not there, and for garbage', async () => {
    const run = await waiting('/two_at_once');
    const other = await aUser(gateway);
    await answer(run.runId, { inputId: '1.1', action: 'decline' });
    const codes = [
      await answer(run.runId, { inputId: '1.1', action: 'decline' }),
      await answer(run.runId, { inputId: '1.2', action: 'decline' }, other),
      await answer(run.runId, { inputId: '1.9', action: 'decline' }),
      await answer('018f0000-0000-7000-8000-000000000000', { inputId: '1.1', action: 'decline' }),
      await answer(run.runId, { inputId: 'x', action: 'decline' }),
      await answer(run.runId, { inputId: '1.2', action: 'maybe' }),
      await answer(run.runId, { inputId: '1.2', action: 'decline', content: {} }),
      await answer(run.runId, { inputId: '1.2', action: 'accept', content: [] }),
    ].map(({ status, body }) => [status, body.error?.code]);
    expect(codes).toEqual([
      [409, 'input_decided'],
      [404, 'run_not_found'],
      [404, 'input_not_found'],
      [404, 'run_not_found'],
      ...Array<unknown>(4).fill([400, 'invalid_input']),
    ]);
    const cancelled = await call<RunState>(gateway, `/api/chat/runs/${run.runId}/cancel`, {
      method: 'POST',
      token: user.token,
    });
    expect(cancelled.data).toMatchObject({
      status: 'cancelled',
      inputs: [{ state: 'declined' }, { state: 'withdrawn' }],
    });
    const late = await answer(run.runId, { inputId: '1.2', action: 'decline' });
    expect([late.status, late.body.error?.code]).toEqual([409, 'run_ended']);
  });

  it('that comes four times at once counts once', async () => {
    const run = await waiting('/book place=Roma');
    const given = await Promise.all([1, 2, 3, 4].map(() => answer(run.runId, accept(ANSWER))));
    expect(given.map(({ status }) => String(status)).toSorted()).toEqual([
      '200',
      '409',
      '409',
      '409',
    ]);
    await ended(run.runId);
  });

  it('is not kept, logged, or in the audit trail', async () => {
    const run = await waiting('/book place=Roma');
    await answer(run.runId, accept({ seats: 3, name: 'Zebedee' }));
    await ended(run.runId);
    const kept = await query(
      gateway,
      `select state, content from run_inputs where run_id = '${run.runId}'`,
    );
    expect(kept).toEqual([{ state: 'accepted', content: null }]);
    const records = await query(
      gateway,
      `select action, outcome from audit_records where object_id = '${run.runId}'`,
    );
    expect(records).toEqual([{ action: 'input.accepted', outcome: 'succeeded' }]);
    expect(gateway.log()).not.toContain('Zebedee');
  });

  it('comes too late behind the time for it', async () => {
    const run = await waiting('/book place=Roma');
    const stream = await follow(gateway, user, run.runId);
    await query(
      gateway,
      `update run_inputs set expires_at = ${ago(1)} where run_id = '${run.runId}' returning run_id`,
    );
    expect((await stream.ended).parts.at(-1)).toMatchObject({ type: 'error' });
    expect(await runOf(run.runId)).toMatchObject({
      status: 'failed',
      errorCode: 'input_expired',
      inputs: [{ state: 'expired' }],
    });
    const late = await answer(run.runId, accept(ANSWER));
    expect([late.status, late.body.error?.code]).toEqual([410, 'input_expired']);
  });

  it('is in the export of the person until the run goes on', async () => {
    const run = await waiting('/two_at_once');
    await answer(run.runId, accept({ seats: 3, name: 'Zebedee' }));
    const exported = await call(gateway, '/api/me/export', { token: user.token });
    const { conversations } = JSON.parse(exported.text) as {
      conversations: { runs: (RunState & { inputs: { content?: object }[] })[] }[];
    };
    const { inputs } = conversations[0]!.runs[0]!;
    expect(inputs).toMatchObject([
      { state: 'accepted', content: { seats: 3, name: 'Zebedee' }, fields: { length: 8 } },
      { state: 'pending' },
    ]);
    const { status } = await call(gateway, '/api/me', { method: 'DELETE', token: user.token });
    expect(status).toBeLessThan(300);
    await expect
      .poll(() => query(gateway, `select id from runs where id = '${run.runId}'`), {
        timeout: 60_000,
      })
      .toEqual([]);
  });
});

describe('a restart', () => {
  it('leaves a run waiting, also a kill -9, and the next process goes on', async () => {
    const own = { ...environment, ...(await freshStorage()) };
    const first = await startGateway({ environment: own });
    const person = await aUser(first);
    const run = await waiting('/book place=Roma', person, first);
    await first.kill('SIGKILL');
    const second = await startGateway({ environment: { ...first.environment } });
    expect((await runOf(run.runId, person, second)).status).toBe('waiting_for_input');
    await answer(run.runId, accept(ANSWER), person, second);
    expect((await ended(run.runId, person, second)).status).toBe('succeeded');
    expect(await answerOf(run, person, second)).toContain('"name":"Ada"');
  });
});
