import { resolve } from 'node:path';
import {
  type ModelServer,
  silent,
  startModelServer,
} from '../../libs/models/src/testing/model-server.js';
import { says } from '../../libs/models/src/testing/open-ai-answers.js';
import { aUser, call, type User } from './client.ts';
import { aSecret, freshStorage, type Gateway, query, startGateway } from './gateway.ts';
import { aModelFile, aModelsDir, MODEL_KEY } from './models.ts';
import { aProfile, aProfilesDir } from './profiles.ts';

interface Answer {
  readonly response: string;
  readonly runId: string;
}

const TOOLS = ['summarize', 'flood', 'much'];
const SAMPLING = { maxTokens: 200, callsPerMessage: 3 };

const sampling = (id: string, era: string, changes: object = {}) =>
  aProfile(id, {
    engine: 'model',
    model: { instructions: 'The word of the house is Xanadu.' },
    sampling: SAMPLING,
    servers: [
      {
        name: 'writer',
        transport: 'stdio',
        command: process.execPath,
        args: [resolve('test/e2e/sampling-server.mjs'), era],
      },
    ],
    allowedTools: { writer: TOOLS },
    ...changes,
  });

let model: ModelServer;
let gateway: Gateway;
let user: User;

beforeAll(async () => {
  model = await startModelServer(says('Hello.'));
  const limits = { seconds: 20, resultBytes: 65_536 };
  gateway = await startGateway({
    environment: {
      ...(await freshStorage()),
      MODELS_DIR: aModelsDir(aModelFile('main', model.url, { default: true })),
      PROFILES_DIR: aProfilesDir({
        'older.json': sampling('older', 'legacy'),
        'newer.json': sampling('newer', 'modern'),
        'older-without.json': sampling('older-without', 'legacy', { sampling: undefined }),
        'newer-without.json': sampling('newer-without', 'modern', { sampling: undefined }),
        'shared.json': sampling('shared', 'legacy', { isolation: 'shared' }),
        'brief.json': sampling('brief', 'legacy', { limits: { ...limits, seconds: 2 } }),
        'poor.json': sampling('poor', 'legacy', { limits: { ...limits, tokensPerDay: 40 } }),
      }),
      TOOL_PINS: 'off',
      [MODEL_KEY]: aSecret(),
      JWT_SECRET: aSecret(),
      PASSWORD_PEPPER: aSecret(),
    },
  });
});
beforeEach(async () => {
  model.asked.length = 0;
  model.answer(says('In short: ', 'the sea. STOP And more.'));
  user = await aUser(gateway);
});
afterAll(() => model.close());

const send = (message: string, profile_id: string) =>
  call<Answer>(gateway, '/api/chat', { token: user.token, body: { message, profile_id } });

const usage = (runId: string) =>
  query(gateway, `select input_tokens, output_tokens from run_usage where run_id = '${runId}'`);

const lines = (event: string) =>
  gateway
    .log()
    .split('\n')
    .filter((line) => line.includes(`"event":"${event}"`));

describe.each(['older', 'newer'])('a server of the era of %s', (profile) => {
  it('has the model of the profile answer, which is told nothing else', async () => {
    const secret = await send('My secret is Rosebud.', profile);
    expect(secret.status).toBe(200);
    model.asked.length = 0;
    const { data } = await send('/summarize', profile);
    expect(JSON.parse(data.response)).toEqual([
      {
        role: 'assistant',
        content: { type: 'text', text: 'In short: the sea. ' },
        model: 'main',
        stopReason: 'stopSequence',
      },
    ]);
    const [asked, ...others] = model.asked;
    expect(others).toEqual([]);
    const sent = JSON.stringify(asked!.body);
    expect(sent).toContain('Sum this up: the sea.');
    expect(sent).toContain('You sum up.');
    expect(sent).not.toMatch(/Rosebud|Xanadu|tools"/);
    expect(asked!.body.max_tokens).toBe(SAMPLING.maxTokens);
  });

  it('is counted and logged as what it is', async () => {
    const path = '/api/me/usage';
    await send('/summarize times=2', profile);
    const run = `select input_tokens, output_tokens from run_usage u join runs r on r.id = u.run_id
      join conversations c on c.id = r.conversation_id where c.account_id = '${user.userId}'`;
    const [used] = await query(gateway, run);
    // Large whole numbers are texts in PostgreSQL.
    expect([Number(used!.input_tokens), Number(used!.output_tokens)]).toEqual([24, 6]);
    const own = await call<object>(gateway, path, { token: user.token });
    expect(JSON.stringify(own.data)).toContain('"inputTokens":24');
    const ofProfile = () =>
      lines('mcp.sampling').filter((line) => line.includes(`"profileId":"${profile}"`));
    await expect.poll(() => ofProfile().length).toBeGreaterThan(1);
    const told = ofProfile().at(-1)!;
    expect(JSON.parse(told).metadata).toMatchObject({
      profileId: profile,
      server: 'writer',
      model: 'main',
      inputTokens: 12,
      outputTokens: 3,
    });
    expect(told).not.toContain('sea');
  });

  it('is refused beyond the calls of a message', async () => {
    const { data } = await send('/summarize times=4', profile);
    expect(model.asked).toHaveLength(SAMPLING.callsPerMessage);
    expect(data.response).toContain('does not answer that often');
    await expect.poll(() => lines('mcp.sampling.refused').length).toBeGreaterThan(0);
    model.asked.length = 0;
    await send('/summarize', profile);
    expect(model.asked).toHaveLength(1);
  });

  it.each([
    ['flood', 'It is over 32768 characters long.'],
    ['much', 'too long for the language model'],
  ])('is refused what is out of bounds: %s', async (tool, reason) => {
    const { data } = await send(`/${tool}`, profile);
    expect(data.response).toContain(reason);
    expect(model.asked).toEqual([]);
  });

  it('is refused where the profile does not say so', async () => {
    await send('/summarize', `${profile}-without`);
    expect(model.asked).toEqual([]);
  });

  it('is told where no model answers', async () => {
    model.answer((response) => response.writeHead(500).end());
    const { data } = await send('/summarize', profile);
    expect(data.response).toContain('The language model did not answer.');
  });

  it('ends with the run, and the model with it', async () => {
    model.answer(silent({ withHeaders: true }));
    const cut = model.cut;
    const { data } = await call<Answer>(gateway, '/api/chat', {
      token: user.token,
      body: { message: '/summarize', profile_id: profile },
      headers: { Prefer: 'respond-async' },
    });
    await expect.poll(() => model.asked.length).toBe(1);
    const path = `/api/chat/runs/${data.runId}/cancel`;
    await call(gateway, path, { method: 'POST', token: user.token });
    await expect.poll(() => model.cut).toBe(cut + 1);
    expect(await usage(data.runId)).toEqual([]);
  });
});

it('does not outlast the time of its message', async () => {
  await send('/help', 'brief');
  model.answer(silent({ withHeaders: true }));
  const sent = await send('/summarize', 'brief');
  expect([sent.status, sent.body.error?.code]).toEqual([504, 'assistant_timeout']);
});

it('is refused when the allowance of the day is used up', async () => {
  const { data } = await send('/summarize times=3', 'poor');
  expect(JSON.parse(data.response)).toHaveLength(3);
  model.asked.length = 0;
  const refused = await send('/summarize', 'poor');
  expect(refused.data.response).toContain('The allowance of the day is used up.');
  expect(model.asked).toEqual([]);
});

it('is refused on a connection that is used for several people', async () => {
  const { data } = await send('/summarize', 'shared');
  expect(data.response).toContain('It is not known which call it belongs to.');
  expect(model.asked).toEqual([]);
});
