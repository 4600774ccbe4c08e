import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { momentOf } from '../attack/auth/second-factor-user.ts';
import { aUser, call, type User } from './client.ts';
import { aSecret, freshStorage, type Gateway, query, startGateway } from './gateway.ts';
import { aProfile, aProfilesDir } from './profiles.ts';
import { follow, openStream } from './streams.ts';

interface RunState {
  readonly runId: string;
  readonly conversationId: string;
  readonly status: string;
  readonly errorCode?: string;
  readonly finishedAt: string | null;
  readonly inputs?: { readonly inputId: string; readonly state: string }[];
}

const TOOLS = [
  'book',
  'sign_in',
  'sign_in_elsewhere',
  'ask_password',
  'nag',
  'work',
  'tell',
  'wait',
];
const journal = join(mkdtempSync(join(tmpdir(), 'gateway-journal-')), 'calls');

const asking = (id: string, era: string, changes: object = {}) =>
  aProfile(id, {
    servers: [
      {
        name: 'asking',
        transport: 'stdio',
        command: process.execPath,
        args: [resolve('test/e2e/asking-server.mjs'), era, journal],
      },
    ],
    allowedTools: { asking: TOOLS },
    ...changes,
  });

const EVERYTHING = ['trigger-elicitation-request', 'trigger-long-running-operation'];
const everyone = aProfile('everyone', {
  servers: [
    {
      name: 'everything',
      transport: 'stdio',
      module: '@modelcontextprotocol/server-everything/dist/index.js',
    },
  ],
  allowedTools: { everything: EVERYTHING },
});

const ANSWER = { seats: 2, name: 'Ada' };

let environment: Record<string, string>;
let gateway: Gateway;
let user: User;

beforeAll(async () => {
  environment = {
    ...(await freshStorage()),
    PROFILES_DIR: aProfilesDir({
      'older.json': asking('older', 'legacy'),
      'other.json': asking('other', 'legacy'),
      'newer.json': asking('newer', 'modern'),
      'patient.json': asking('patient', 'modern', {
        limits: { seconds: 2, totalSeconds: 5, resultBytes: 65_536 },
      }),
      'shared.json': asking('shared', 'legacy', { isolation: 'shared' }),
      'everyone.json': everyone,
    }),
    TOOL_PINS: 'off',
    INPUT_HELD_PER_USER: '1',
    JWT_SECRET: aSecret(),
    PASSWORD_PEPPER: aSecret(),
  };
  gateway = await startGateway({ environment });
});
beforeEach(async () => {
  user = await aUser(gateway);
});

const send = (message: string, profile_id = 'older', by = user, at = gateway) =>
  call<RunState & { response: string }>(at, '/api/chat', {
    token: by.token,
    body: { message, profile_id },
  });

/** Sends a command whose tool asks in the middle of its call. */
async function waiting(message: string, profile = 'older', by = user, at = gateway) {
  const sent = await send(message, profile, by, at);
  expect([sent.status, sent.data.status]).toEqual([202, 'waiting_for_input']);
  return sent.data;
}

const answer = (runId: string, body: object, by = user, at = gateway) =>
  call<RunState>(at, `/api/chat/runs/${runId}/input`, { token: by.token, body });

const accept = (content?: object) => ({ inputId: '1.1', action: 'accept', content });

const runOf = async (runId: string, by = user, at = gateway) =>
  (await call<RunState>(at, `/api/chat/runs/${runId}`, { token: by.token })).data;

const ended = async (runId: string, by = user, at = gateway) => {
  await expect
    .poll(async () => (await runOf(runId, by, at)).finishedAt, { timeout: 15_000 })
    .not.toBeNull();
  return runOf(runId, by, at);
};

const answerOf = async ({ conversationId }: RunState) => {
  const path = `/api/chat/history/${conversationId}`;
  const history = await call<{ messages: { content: string }[] }>(gateway, path, {
    token: user.token,
  });
  return history.data.messages.at(-1)!.content;
};

const ago = (seconds: number) => momentOf(gateway, Date.now() - seconds * 1_000);

describe('a question of a server of the 2025 era', () => {
  it('waits with its call open, and the tool goes on with the answer', async () => {
    const run = await waiting('/book place=Roma');
    const stream = await follow(gateway, user, run.runId);
    const bad = await answer(run.runId, accept({ seats: 0, name: 'Ada' }));
    expect([bad.status, bad.body.error?.details]).toMatchObject([
      400,
      [{ field: 'content.seats' }],
    ]);
    expect((await answer(run.runId, accept(ANSWER))).status).toBe(200);
    const { types, answer: text } = await stream.ended;
    expect(text).toBe(`held ${JSON.stringify({ action: 'accept', content: ANSWER })}`);
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
    const again = await answer(run.runId, accept(ANSWER));
    expect([again.status, again.body.error?.code]).toEqual([409, 'input_decided']);
    const kept = `select state, content from run_inputs where run_id = '${run.runId}'`;
    expect(await query(gateway, kept)).toEqual([{ state: 'accepted', content: null }]);
    const sent = await query(
      gateway,
      `select outcome from audit_records where action = 'message.sent' and object_id = '${run.conversationId}'`,
    );
    expect(sent).toEqual([{ outcome: 'succeeded' }]);
  });

  it('may be an address', async () => {
    const run = await waiting('/sign_in');
    expect(run.inputs).toMatchObject([{ kind: 'url', host: 'accounts.example' }]);
    await answer(run.runId, accept());
    await ended(run.runId);
    expect(await answerOf(run)).toBe('held {"action":"accept"}');
  });

  it('is done with when its server says that the person has been there', async () => {
    const run = await waiting('/sign_in_elsewhere');
    expect(readFileSync(journal, 'utf8')).not.toContain('was signed in elsewhere');
    expect(await ended(run.runId)).toMatchObject({
      status: 'succeeded',
      inputs: [{ state: 'accepted', decidedAt: expect.any(String) as string }],
    });
    expect(await answerOf(run)).toBe('held {"action":"accept"}');
    const late = await answer(run.runId, accept());
    expect([late.status, late.body.error?.code]).toEqual([409, 'input_decided']);
  });

  it('is declined by itself where it asks for a password', async () => {
    expect((await send('/ask_password')).data.response).toBe('held {"action":"decline"}');
  });

  it('does not come for ever', async () => {
    const sent = await send('/nag');
    expect([sent.status, sent.body.error?.code]).toEqual([502, 'assistant_failed']);
  });

  it('is not shown where it may be of another call, or of another person', async () => {
    const { data: first } = await call<RunState>(gateway, '/api/chat', {
      token: user.token,
      body: { message: '/wait', profile_id: 'older' },
      headers: { Prefer: 'respond-async' },
    });
    await expect.poll(() => readFileSync(journal, 'utf8')).toMatch(/wait$/m);
    expect((await send('/book place=Roma')).data.response).toBe('held {"action":"decline"}');
    await call(gateway, `/api/chat/runs/${first.runId}/cancel`, {
      method: 'POST',
      token: user.token,
    });
    const { data } = await send('/book place=Roma', 'shared');
    expect(data.response).toBe('held {"action":"decline"}');
    await expect.poll(() => gateway.log()).toContain('It is not known which call it belongs to.');
  });

  it('is answered with nothing where one user has as many as may be', async () => {
    const run = await waiting('/book place=Roma');
    expect((await send('/sign_in', 'other')).data.response).toBe('held {"action":"cancel"}');
    await answer(run.runId, { inputId: '1.1', action: 'decline' });
    await ended(run.runId);
    expect(await answerOf(run)).toBe('held {"action":"decline"}');
  });

  it('ends with its time, and what was begun is given up', async () => {
    const run = await waiting('/book place=Roma');
    await query(
      gateway,
      `update run_inputs set expires_at = ${ago(1)} where run_id = '${run.runId}' returning run_id`,
    );
    expect(await ended(run.runId)).toMatchObject({
      status: 'failed',
      errorCode: 'input_expired',
      inputs: [{ state: 'expired' }],
    });
    const late = await answer(run.runId, accept(ANSWER));
    expect([late.status, late.body.error?.code]).toEqual([410, 'input_expired']);
    const records = `select action from audit_records where object_id = '${run.runId}' order by id`;
    expect((await query(gateway, records))[0]).toEqual({ action: 'input.expired' });
  });

  it('ends also where the database fails when the answer is taken', async () => {
    const run = await waiting('/book place=Roma');
    const [fail, mend] = environment.DATABASE_URL
      ? [
          `alter table run_inputs add constraint never_expired check (state <> 'expired') not valid`,
          'alter table run_inputs drop constraint never_expired',
        ]
      : [
          `create trigger never_expired before update of state on run_inputs
             when new.state = 'expired' begin select raise(abort, 'failed'); end`,
          'drop trigger never_expired',
        ];
    await query(gateway, fail);
    try {
      await query(
        gateway,
        `update run_inputs set expires_at = ${ago(1)} where run_id = '${run.runId}' returning run_id`,
      );
      expect(await ended(run.runId)).toMatchObject({
        status: 'failed',
        errorCode: 'internal_error',
        inputs: [{ state: 'withdrawn' }],
      });
    } finally {
      await query(gateway, mend);
    }
  });

  it('ends with the run', async () => {
    const run = await waiting('/book place=Roma');
    const cancelled = await call<RunState>(gateway, `/api/chat/runs/${run.runId}/cancel`, {
      method: 'POST',
      token: user.token,
    });
    expect(cancelled.data).toMatchObject({ status: 'cancelled', inputs: [{ state: 'withdrawn' }] });
    const late = await answer(run.runId, accept(ANSWER));
    expect([late.status, late.body.error?.code]).toEqual([409, 'run_ended']);
  });

  it('ends with its account', async () => {
    const run = await waiting('/book place=Roma');
    await query(
      gateway,
      `update accounts set disabled_at = ${ago(0)} where id = '${user.userId}' returning id`,
    );
    const rows = `select r.status, i.state from runs r join run_inputs i on i.run_id = r.id
      where r.id = '${run.runId}'`;
    await expect
      .poll(() => query(gateway, rows))
      .toEqual([{ status: 'cancelled', state: 'withdrawn' }]);
  });

  it('ends with its conversation, and leaves its place to the next one', async () => {
    const run = await waiting('/book place=Roma');
    const path = `/api/chat/conversations/${run.conversationId}`;
    await call(gateway, path, { method: 'DELETE', token: user.token });
    await expect.poll(async () => (await send('/sign_in', 'other')).status).toBe(202);
    expect((await answer(run.runId, accept(ANSWER))).status).toBe(404);
  });

  it('is asked by the server of the protocol’s authors, too', async () => {
    const run = await waiting('/trigger-elicitation-request', 'everyone');
    await answer(run.runId, { inputId: '1.1', action: 'decline' });
    await ended(run.runId);
    expect(await answerOf(run)).toMatch(/declined/i);
  });
});

describe.each(['older', 'newer'])('progress of a tool of the era of %s', (profile) => {
  it('is in the stream, cleaned, and not more often than it helps', async () => {
    const body = { message: '/work steps=500', profile_id: profile };
    const headers = { Accept: 'text/event-stream' };
    const stream = await openStream(gateway, '/api/chat', user, { method: 'POST', body, headers });
    const { parts, answer: text } = await stream.ended;
    expect(text).toBe('worked');
    const told = parts.filter(({ type }) => type === 'data-progress');
    expect(told[0]).toMatchObject({
      id: '1',
      data: { callId: '1', progress: 1, total: 500, message: 'Step 1' },
    });
    expect(told.length).toBeLessThan(20);
  });

  it('comes with messages for the log, cleaned, and of a flood only the first', async () => {
    const marker = `"profileId":"${profile}"`;
    expect((await send('/tell lines=5000', profile)).data.response).toBe('told');
    const lines = () =>
      gateway
        .log()
        .split('\n')
        .filter((line) => line.includes('mcp.server.message') && line.includes(marker));
    await expect.poll(() => lines().length).toBeGreaterThan(0);
    expect(lines()[0]).toContain('"said":"line 0"');
    expect(lines()[0]).toContain('"level":"warn"');
    expect(lines().length).toBeLessThanOrEqual(20);
  });

  it('ends with the cancellation, which the server is told', async () => {
    const count = (line: RegExp) => readFileSync(journal, 'utf8').match(line)?.length ?? 0;
    const [begun, given] = [/^wait$/gm, /^wait was cancelled$/gm];
    const before = [count(begun), count(given)];
    const { data } = await call<RunState>(gateway, '/api/chat', {
      token: user.token,
      body: { message: '/wait', profile_id: profile },
      headers: { Prefer: 'respond-async' },
    });
    await expect.poll(() => count(begun)).toBe(before[0]! + 1);
    await call(gateway, `/api/chat/runs/${data.runId}/cancel`, {
      method: 'POST',
      token: user.token,
    });
    await expect.poll(() => count(given)).toBe(before[1]! + 1);
  });
});

it('progress comes from the server of the protocol’s authors, too', async () => {
  const body = {
    message: '/trigger-long-running-operation duration=2.1 steps=3',
    profile_id: 'everyone',
  };
  const headers = { Accept: 'text/event-stream' };
  const stream = await openStream(gateway, '/api/chat', user, { method: 'POST', body, headers });
  const { parts } = await stream.ended;
  const told = parts.filter(({ type }) => type === 'data-progress');
  expect(told.slice(0, 2)).toMatchObject([
    { data: { progress: 1, total: 3 } },
    { data: { progress: 2, total: 3 } },
  ]);
});

describe('a tool that takes longer than it may be silent', () => {
  // The server has to be there: its start counts, too.
  beforeEach(() => send('/work steps=1', 'patient'));

  it('may, as long as it tells of its progress', async () => {
    const slow = await send('/work steps=6 pauseMs=500', 'patient');
    expect([slow.status, slow.data.response]).toEqual([200, 'worked']);
  });

  it('may not beyond the time that it has in all', async () => {
    const endless = await send('/work steps=1000 pauseMs=500', 'patient');
    expect([endless.status, endless.body.error?.code]).toEqual([504, 'assistant_timeout']);
  });

  it('may not where it is silent', async () => {
    const startedAt = performance.now();
    const silent = await send('/wait', 'patient');
    expect([silent.status, silent.body.error?.code]).toEqual([504, 'assistant_timeout']);
    expect(performance.now() - startedAt).toBeLessThan(4_500);
  });
});

describe.runIf(process.env.E2E_DATABASE_URL)('another instance', () => {
  it('takes the answer, or the cancellation, for the one that holds the call', async () => {
    const other = await startGateway({ environment: { ...gateway.environment } });
    const run = await waiting('/book place=Roma');
    expect((await answer(run.runId, accept(ANSWER), user, other)).status).toBe(200);
    expect((await ended(run.runId)).status).toBe('succeeded');
    const given = await waiting('/book place=Roma');
    await call(other, `/api/chat/runs/${given.runId}/cancel`, {
      method: 'POST',
      token: user.token,
    });
    expect((await ended(given.runId)).status).toBe('cancelled');
  });
});

describe('the end of the process', () => {
  it('ends a question in order, and the run with it', async () => {
    const own = await startGateway({ environment: { ...environment, ...(await freshStorage()) } });
    const person = await aUser(own);
    const run = await waiting('/book place=Roma', 'older', person, own);
    const startedAt = performance.now();
    expect(await own.stop()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    const rows = `select status from runs where id = '${run.runId}'`;
    expect(await query(own, rows)).toEqual([{ status: 'succeeded' }]);
  });

  it('is told as what it is after a kill -9: the question is lost', async () => {
    const own = { ...environment, ...(await freshStorage()) };
    const first = await startGateway({ environment: own });
    const person = await aUser(first);
    const run = await waiting('/book place=Roma', 'older', person, first);
    await first.kill('SIGKILL');
    const second = await startGateway({ environment: { ...first.environment } });
    expect(await ended(run.runId, person, second)).toMatchObject({
      status: 'interrupted',
      errorCode: 'input_lost',
      inputs: [{ state: 'withdrawn' }],
    });
    const late = await answer(run.runId, accept(ANSWER), person, second);
    expect([late.status, late.body.error?.code]).toEqual([409, 'run_ended']);
    const { parts } = await (await follow(second, person, run.runId)).ended;
    expect(parts.at(-1)).toMatchObject({
      type: 'error',
      errorText: expect.stringContaining('may have been done') as string,
    });
  });
});
