import {
  type ModelServer,
  raw,
  silent,
  startModelServer,
} from '../../libs/models/src/testing/model-server.js';
import { calls, chunk, DONE, says } from '../../libs/models/src/testing/open-ai-answers.js';
import { momentOf } from '../attack/auth/second-factor-user.ts';
import { aUser, call, say, type User } from './client.ts';
import { aSecret, freshStorage, type Gateway, query, startGateway } from './gateway.ts';
import { aModelFile, aModelsDir, MODEL_KEY } from './models.ts';
import { aProfile, aProfilesDir, withoutTitles } from './profiles.ts';
import { follow, openStream, type Stream } from './streams.ts';

interface Card {
  readonly callId: string;
  readonly title: string;
  readonly summary: string;
  readonly arguments: { readonly name: string; readonly value: string }[];
  readonly state: string;
  readonly expiresAt: string;
  readonly decidedAt: string | null;
}

interface RunState {
  readonly runId: string;
  readonly conversationId: string;
  readonly status: string;
  readonly errorCode?: string;
  readonly finishedAt: string | null;
  readonly approvals?: Card[];
}

const TOOLS = ['add_note', 'list_notes', 'search_notes', 'read_note', 'delete_note'];
const removal = (number: number) => ({
  name: 'delete_note',
  text: `{"number":${number}}`,
  id: `c${number}`,
});

/** Says something, and removes a note. */
const speaking = raw(
  chunk({ content: 'I will remove it 🥛.' }),
  chunk({
    tool_calls: [
      { index: 0, id: 'c', function: { name: 'delete_note', arguments: '{"number":1}' } },
    ],
  }),
  chunk({}, { finish: 'tool_calls' }),
  DONE,
);

const confirming = aProfile('confirming', {
  allowedTools: { 'personal-tools': TOOLS },
  toolRisks: { list_notes: 'read', add_note: 'trusted-write' },
  confirm: ['delete_note'],
  privateArguments: { delete_note: ['number'] },
});

const writing = aProfile('writing', {
  engine: 'model',
  allowedTools: { 'personal-tools': TOOLS },
});

const secretive = aProfile('secretive', {
  engine: 'model',
  allowedTools: { 'personal-tools': ['search_notes'] },
  toolRisks: { search_notes: 'read' },
  privateArguments: { search_notes: ['query'] },
});

let server: ModelServer;
let environment: Record<string, string>;
let gateway: Gateway;
let user: User;

beforeAll(async () => {
  server = await startModelServer(says('Hello.'));
  environment = {
    ...(await freshStorage()),
    MODELS_DIR: aModelsDir(aModelFile('main', server.url, { default: true })),
    PROFILES_DIR: aProfilesDir({
      ...withoutTitles('notes'),
      'confirming.json': confirming,
      'writing.json': writing,
      'secretive.json': secretive,
    }),
    [MODEL_KEY]: aSecret(),
    ERASURE_GRACE: '0s',
    ERASURE_SETTLE: '1s',
    JWT_SECRET: aSecret(),
    PASSWORD_PEPPER: aSecret(),
  };
  gateway = await startGateway({ environment });
});
beforeEach(async () => {
  server.asked.length = 0;
  server.answer(says('Hello.'));
  user = await aUser(gateway);
  for (const title of ['Milk', 'Bread', 'Eggs']) {
    await say(gateway, user, 'notes', `/add_note title=${title} text=buy`);
  }
});
afterAll(() => server.close());

/** Sends a message that has the model call tools, and returns its run, which waits. */
async function waiting(...wanted: { name: string; text: string }[]): Promise<RunState> {
  server.answer(calls(...wanted), says('Done.'));
  const answer = await call<RunState>(gateway, '/api/chat', {
    token: user.token,
    body: { message: 'Remove them', profile_id: 'notes' },
  });
  expect(answer.status).toBe(202);
  expect(answer.data.status).toBe('waiting_for_approval');
  return answer.data;
}

/** A moment of the past, in SQL. Seconds. */
const ago = (seconds: number) => momentOf(gateway, Date.now() - seconds * 1_000);

const decide = (runId: string, callId: string, approve: unknown, by = user, at = gateway) =>
  call<RunState>(at, `/api/chat/runs/${runId}/approvals/${callId}`, {
    token: by.token,
    body: { approve },
  });

const runOf = async (runId: string, by = user, at = gateway) =>
  (await call<RunState>(at, `/api/chat/runs/${runId}`, { token: by.token })).data;

const ended = async (runId: string, by = user, at = gateway) => {
  await expect.poll(async () => (await runOf(runId, by, at)).finishedAt).not.toBeNull();
  return runOf(runId, by, at);
};

const notes = async () => (await say(gateway, user, 'notes', '/list_notes')).data.response;

const lastTold = () =>
  (server.asked.at(-1)!.body as { messages: { role: string; content: string }[] }).messages;

function cardsOf(stream: Stream): Card[] {
  const parts = stream.read().parts.filter(({ type }) => type === 'data-approval');
  return parts.map(({ data }) => data as unknown as Card);
}

describe('a call that needs approval', () => {
  it('waits with a card that says what will happen, and is made when approved', async () => {
    const run = await waiting(removal(1));
    expect(run.approvals).toEqual([
      {
        callId: '1-1',
        title: expect.stringMatching(/^Delete/) as string,
        summary: expect.stringMatching(/\w/) as string,
        arguments: [{ name: 'number', value: '1' }],
        state: 'pending',
        createdAt: expect.any(String) as string,
        expiresAt: expect.any(String) as string,
        decidedAt: null,
      },
    ]);
    expect(JSON.stringify(run)).not.toMatch(/personal-tools|delete_note/);
    expect(await notes()).toContain('Milk');
    const decided = await decide(run.runId, '1-1', true);
    expect(decided.status).toBe(200);
    expect(await ended(run.runId)).toMatchObject({
      status: 'succeeded',
      approvals: [{ state: 'approved', decidedAt: expect.any(String) as string }],
    });
    expect(await notes()).not.toContain('Milk');
    expect(server.asked).toHaveLength(2);
    const path = `/api/chat/history/${run.conversationId}`;
    const { data } = await call<{ messages: { content: string }[] }>(gateway, path, {
      token: user.token,
    });
    expect(data.messages.map(({ content }) => content)).toEqual(['Remove them', 'Done.']);
    expect(await query(gateway, 'select run_id from run_suspensions')).toEqual([]);
  });

  it('is not made when refused: the model is told, and the answer goes on', async () => {
    const run = await waiting(removal(1));
    await decide(run.runId, '1-1', false);
    expect((await ended(run.runId)).status).toBe('succeeded');
    expect(await notes()).toContain('Milk');
    expect(lastTold().at(-1)).toMatchObject({
      role: 'tool',
      content: expect.stringMatching(/person has refused/) as string,
    });
  });

  it('is decided for each call of a step, and made in their order', async () => {
    const run = await waiting(
      { name: 'list_notes', text: '{}' },
      removal(3),
      { name: 'search_notes', text: '{"query":"buy"}' },
      removal(1),
    );
    expect(run.approvals!.map(({ callId }) => callId)).toEqual(['1-2', '1-4']);
    await decide(run.runId, '1-4', true);
    expect((await runOf(run.runId)).status).toBe('waiting_for_approval');
    expect(await notes()).toMatch(/Milk[^]*Eggs|Eggs[^]*Milk/);
    await decide(run.runId, '1-2', false);
    expect((await ended(run.runId)).status).toBe('succeeded');
    const left = await notes();
    expect(left).toContain('Eggs');
    expect(left).not.toContain('Milk');
    const results = lastTold().filter(({ role }) => role === 'tool');
    expect(results).toHaveLength(4);
    expect(results[1]!.content).toMatch(/refused/);
  });

  it('is asked for again in a later step, but not for what was refused', async () => {
    server.answer(calls(removal(1)), calls(removal(1), removal(2)), says('Done.'));
    const { data: run } = await call<RunState>(gateway, '/api/chat', {
      token: user.token,
      body: { message: 'Remove them', profile_id: 'notes' },
    });
    await decide(run.runId, '1-1', false);
    await expect.poll(async () => (await runOf(run.runId)).approvals).toHaveLength(2);
    const again = await runOf(run.runId);
    expect(again.approvals!.map(({ callId, state }) => [callId, state])).toEqual([
      ['1-1', 'refused'],
      ['2-2', 'pending'],
    ]);
    await decide(run.runId, '2-2', true);
    expect((await ended(run.runId)).status).toBe('succeeded');
    const left = await notes();
    expect(left).toContain('Milk');
    expect(left).not.toContain('Bread');
  });

  it('is not asked for where its arguments are too long to be read', async () => {
    const text = JSON.stringify({ text: '\u0001'.repeat(2_000) });
    server.answer(calls({ name: 'add_note', text }), says('No.'));
    const { data } = await say(gateway, user, 'writing', 'Note it');
    expect(data.response).toBe('No.');
    expect(lastTold().at(-1)!.content).toMatch(/too long to be shown/);
  });

  it('shows what cannot be seen', async () => {
    const text = JSON.stringify({ text: 'a\u200Bb\u{E0041}\u202E' });
    server.answer(calls({ name: 'add_note', text }), says('Done.'));
    const { data: run } = await call<RunState>(gateway, '/api/chat', {
      token: user.token,
      body: { message: 'Note it', profile_id: 'writing' },
    });
    expect(run.approvals![0]!.arguments).toEqual([
      { name: 'text', value: 'a\\u{200b}b\\u{e0041}\\u{202e}' },
    ]);
  });
});

describe('arguments that do not fit the schema of the tool', () => {
  const wrong = { name: 'delete_note', text: '{"number":"first"}' };

  it('are told to the model, which asks for approval when they fit', async () => {
    server.answer(calls(wrong), calls(wrong), calls(removal(1)), says('Done.'));
    const { data: run } = await call<RunState>(gateway, '/api/chat', {
      token: user.token,
      body: { message: 'Remove it', profile_id: 'notes' },
    });
    expect(run.approvals!.map(({ callId }) => callId)).toEqual(['3-1']);
    expect(lastTold().at(-1)!.content).toMatch(/do not fit: number must be/);
    await decide(run.runId, '3-1', true);
    expect((await ended(run.runId)).status).toBe('succeeded');
    expect(await notes()).not.toContain('Milk');
  });

  it('end the answer when they do not fit for a third time', async () => {
    server.answer(calls(wrong));
    const { data } = await say(gateway, user, 'notes', 'Remove it');
    expect(data).toMatchObject({ isError: true, errorCode: 'tool_failed' });
    expect(server.asked).toHaveLength(3);
    expect(await notes()).toContain('Milk');
  });
});

describe('a stream of a run that waits', () => {
  it('stays open, tells of the card, and goes on after the decision', async () => {
    server.answer(calls(removal(1)), says('Done', '.'));
    const body = { message: 'Remove it', profile_id: 'notes' };
    const headers = { Accept: 'text/event-stream' };
    const stream = await openStream(gateway, '/api/chat', user, { method: 'POST', body, headers });
    await expect.poll(() => cardsOf(stream)).toHaveLength(1);
    const { runId } = stream.read().parts[0]!.messageMetadata!;
    const seen = stream.read();
    expect(seen.types).toEqual([
      'start',
      'data-run',
      'tool-input-available',
      'data-approval',
      'data-run',
    ]);
    expect(seen.parts[2]).toMatchObject({ input: { number: 1 }, title: cardsOf(stream)[0]!.title });
    const cut = await follow(gateway, user, runId, seen.ids.at(-1));
    await decide(runId, '1-1', true);
    const whole = await stream.ended;
    expect(whole.types.slice(5)).toEqual([
      'data-approval',
      'data-run',
      'tool-output-available',
      'text-start',
      'text-delta',
      ...(whole.types.filter((type) => type === 'text-delta').length > 1 ? ['text-delta'] : []),
      'text-end',
      'data-run',
      'finish',
    ]);
    expect(whole.answer).toBe('Done.');
    expect((await cut.ended).parts).toEqual(whole.parts.slice(5));
    const again = await (await follow(gateway, user, runId)).ended;
    expect(again.text).toBe(whole.text);
  });

  it('shows what a tool is given but for what is private, and its result or its failure', async () => {
    const stream = async (profile: string, message: string) => {
      const body = { message, profile_id: profile };
      const headers = { Accept: 'text/event-stream' };
      const opened = await openStream(gateway, '/api/chat', user, {
        method: 'POST',
        body,
        headers,
      });
      return opened.ended;
    };
    const search = { name: 'search_notes', text: '{"query":"Milk"}' };
    for (const [profile, input] of [
      ['notes', { query: 'Milk' }],
      ['secretive', {}],
    ] as const) {
      server.answer(calls(search), says('There.'));
      const shown = await stream(profile, 'Is there milk?');
      expect(shown.parts.find(({ type }) => type === 'tool-input-available')).toMatchObject({
        input,
      });
      expect(shown.parts.find(({ type }) => type === 'tool-output-available')).toMatchObject({
        output: { title: 'Search notes', text: expect.stringContaining('Milk') as string },
      });
    }
    server.answer(calls({ name: 'read_note', text: '{"number":99}' }), says('It is not there.'));
    for (const failed of [
      await stream('notes', 'Read number 99'),
      await stream('notes', '/read_note 99'),
    ]) {
      expect(failed.parts.find(({ type }) => type === 'tool-output-error')).toMatchObject({
        errorText: expect.stringContaining('99') as string,
      });
      expect(failed.types).not.toContain('tool-output-available');
    }
  });

  it('keeps the words from before and after the decision together', async () => {
    server.answer(speaking, says('Done.'));
    const { data: run } = await call<RunState>(gateway, '/api/chat', {
      token: user.token,
      body: { message: 'Remove it', profile_id: 'notes' },
    });
    await decide(run.runId, '1-1', true);
    await ended(run.runId);
    const { answer, types } = await (await follow(gateway, user, run.runId)).ended;
    const isText = (type: string) => type === 'text-start' || type === 'text-end';
    expect(types.filter((type) => isText(type) || type === 'tool-input-available')).toEqual([
      'text-start',
      'text-end',
      'tool-input-available',
      'text-start',
      'text-end',
    ]);
    expect(answer).toBe('I will remove it 🥛.\n\nDone.');
    const { data } = await call<{ messages: { content: string }[] }>(
      gateway,
      `/api/chat/history/${run.conversationId}`,
      { token: user.token },
    );
    expect(data.messages.at(-1)!.content).toBe(answer);
  });
});

describe('a decision', () => {
  it('is taken once: the same may come again, another may not', async () => {
    const run = await waiting(removal(1));
    const both = await Promise.all([
      decide(run.runId, '1-1', true),
      decide(run.runId, '1-1', true),
      decide(run.runId, '1-1', true),
    ]);
    expect(both.map(({ status }) => status)).toEqual([200, 200, 200]);
    await ended(run.runId);
    expect((await decide(run.runId, '1-1', true)).status).toBe(200);
    const other = await decide(run.runId, '1-1', false);
    expect([other.status, other.body.error?.code]).toEqual([409, 'approval_decided']);
    expect(server.asked).toHaveLength(2);
    expect((await notes()).match(/Bread|Eggs/g)).toHaveLength(2);
  });

  it('of two that differ and come at once, exactly one counts', async () => {
    const run = await waiting(removal(1));
    const answers = await Promise.all(
      [true, false, true, false].map((approve) => decide(run.runId, '1-1', approve)),
    );
    const { approvals } = await ended(run.runId);
    const isApproved = approvals![0]!.state === 'approved';
    expect(answers.map(({ status }) => status)).toEqual(
      [true, false, true, false].map((approve) => (approve === isApproved ? 200 : 409)),
    );
    expect((await notes()).includes('Milk')).toBe(!isApproved);
  });

  it('is refused to other people, for what is not there, and for what is no decision', async () => {
    const run = await waiting(removal(1));
    const other = await aUser(gateway);
    const codes = [
      await decide(run.runId, '1-1', true, other),
      await decide(run.runId, '1-2', true),
      await decide('018f0000-0000-7000-8000-000000000000', '1-1', true),
      await decide(run.runId, 'x y', true),
      await decide(run.runId, '1-1', 'yes'),
      await decide(run.runId, '1-1', undefined),
    ].map(({ status, body }) => [status, body.error?.code]);
    expect(codes).toEqual([
      [404, 'run_not_found'],
      [404, 'approval_not_found'],
      [404, 'run_not_found'],
      [400, 'invalid_input'],
      [400, 'invalid_input'],
      [400, 'invalid_input'],
    ]);
    expect((await runOf(run.runId)).status).toBe('waiting_for_approval');
    await decide(run.runId, '1-1', false);
    await ended(run.runId);
  });

  it('is in the audit trail, with who took it', async () => {
    const run = await waiting(removal(1), removal(2));
    await decide(run.runId, '1-1', true);
    await decide(run.runId, '1-2', false);
    await ended(run.runId);
    const records = await query(
      gateway,
      `select action, outcome, actor_id from audit_records where object_id = '${run.runId}' order by id`,
    );
    expect(records).toEqual([
      { action: 'approval.granted', outcome: 'succeeded', actor_id: user.userId },
      { action: 'approval.refused', outcome: 'succeeded', actor_id: user.userId },
    ]);
    const sent = await query(
      gateway,
      `select outcome from audit_records where action = 'message.sent' and object_id = '${run.conversationId}'`,
    );
    expect(sent).toEqual([{ outcome: 'succeeded' }]);
  });
});

describe('what was approved', () => {
  it.each([
    [
      'other arguments than those that were shown',
      `update run_suspensions set state = replace(state, '"number":1', '"number":2')`,
    ],
    [
      'a tool that has another definition now',
      `update run_approvals set definition_digest = 'other'`,
    ],
  ])('is not done with %s', async (_, tamper) => {
    const run = await waiting(removal(1), removal(3));
    await query(gateway, `${tamper} where run_id = '${run.runId}' returning run_id`);
    await decide(run.runId, '1-2', true);
    await decide(run.runId, '1-1', true);
    expect(await ended(run.runId)).toMatchObject({
      status: 'failed',
      errorCode: 'approval_mismatch',
    });
    expect((await notes()).match(/Milk|Bread|Eggs/g)).toHaveLength(3);
    await expect
      .poll(() =>
        query(
          gateway,
          `select outcome from audit_records where action = 'approval.voided' and object_id = '${run.runId}'`,
        ),
      )
      .toEqual([{ outcome: 'approval_mismatch' }]);
  });
});

describe('a run that waits', () => {
  it('can be cancelled, and is done with', async () => {
    const run = await waiting(removal(1));
    const stream = await follow(gateway, user, run.runId);
    const cancelled = await call<RunState>(gateway, `/api/chat/runs/${run.runId}/cancel`, {
      method: 'POST',
      token: user.token,
    });
    expect(cancelled.data).toMatchObject({
      status: 'cancelled',
      approvals: [{ state: 'withdrawn' }],
    });
    expect((await stream.ended).types.at(-1)).toBe('abort');
    const late = await decide(run.runId, '1-1', true);
    expect([late.status, late.body.error?.code]).toEqual([409, 'run_ended']);
    expect(await notes()).toContain('Milk');
  });

  it('ends with its conversation, and nothing is done', async () => {
    const run = await waiting(removal(1));
    const path = `/api/chat/conversations/${run.conversationId}`;
    await call(gateway, path, { method: 'DELETE', token: user.token });
    expect((await decide(run.runId, '1-1', true)).status).toBe(404);
    expect(await notes()).toContain('Milk');
    const rows = `select run_id from run_approvals where run_id = '${run.runId}'`;
    expect(await query(gateway, rows)).toEqual([]);
  });

  it('is what a repetition of its message is answered with, until it has ended', async () => {
    server.answer(calls(removal(1)), says('Done.'));
    const send = () =>
      call<RunState & { response: string }>(gateway, '/api/chat', {
        token: user.token,
        body: { message: 'Remove it', profile_id: 'notes' },
        headers: { 'Idempotency-Key': 'one' },
      });
    const first = await send();
    const again = await send();
    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.data.runId).toBe(first.data.runId);
    await decide(first.data.runId, '1-1', true);
    await ended(first.data.runId);
    const last = await send();
    expect([last.status, last.data.response]).toEqual([200, 'Done.']);
  });

  it('is in the export of the person with what was asked', async () => {
    const run = await waiting(removal(1));
    const exported = await call(gateway, '/api/me/export', { token: user.token });
    const { conversations } = JSON.parse(exported.text) as {
      conversations: { runs: RunState[] }[];
    };
    const runs = conversations.flatMap((one) => one.runs);
    expect(runs.find(({ runId }) => runId === run.runId)).toEqual(await runOf(run.runId));
  });

  it('does not keep the account from being erased', async () => {
    const run = await waiting(removal(1));
    const erased = await call(gateway, '/api/me', {
      method: 'DELETE',
      token: user.token,
    });
    expect(erased.status).toBeLessThan(300);
    await expect
      .poll(() => query(gateway, `select id from runs where id = '${run.runId}'`), {
        timeout: 60_000,
      })
      .toEqual([]);
  });
});

/** As if the process had died behind the decision. */
const approvedAt = (moment: string, runId: string) =>
  `update run_approvals set state = 'approved', decided_at = ${moment}
   where run_id = '${runId}' returning run_id`;

describe.each([
  ['that is disabled', 'disabled_at'],
  ['past its deletion date', 'deletion_due_at'],
])('an account %s', (_, column) => {
  it('has nothing done any more that it has approved', async () => {
    const approve = (runId: string) => query(gateway, approvedAt(ago(0), runId));
    const disabled = await waiting(removal(1));
    await query(
      gateway,
      `update accounts set ${column} = ${ago(0)} where id = '${user.userId}' returning id`,
    );
    await approve(disabled.runId);
    user = await aUser(gateway);
    await say(gateway, user, 'notes', '/add_note title=Milk text=buy');
    const other = await waiting(removal(1));
    await approve(other.runId);
    // The next look goes on, with the one and not with the other.
    expect((await ended(other.runId)).status).toBe('succeeded');
    const rows = await query(gateway, `select status from runs where id = '${disabled.runId}'`);
    // Past the deletion date it may have been erased by now.
    const done = rows.filter(({ status }) => status !== 'waiting_for_approval');
    expect([done, server.asked.length]).toEqual([[], 3]);
  });
});

describe('a command that the profile has confirmed', () => {
  it('waits, without its private arguments, and is done when approved', async () => {
    const { data: run } = await call<RunState>(gateway, '/api/chat', {
      token: user.token,
      body: { message: '/delete_note 1', profile_id: 'confirming' },
    });
    expect(run).toMatchObject({
      status: 'waiting_for_approval',
      approvals: [{ callId: '1', arguments: [] }],
    });
    expect((await decide(run.runId, '1', true)).status).toBe(200);
    expect((await ended(run.runId)).status).toBe('succeeded');
    expect(await notes()).not.toContain('Milk');
    expect(server.asked).toHaveLength(0);
    const other = await say(gateway, user, 'notes', '/delete_note 2');
    expect(other.status).toBe(200);
    expect(await notes()).not.toContain('Bread');
  });

  it('is not done when refused', async () => {
    const { data: run } = await call<RunState>(gateway, '/api/chat', {
      token: user.token,
      body: { message: '/delete_note 1', profile_id: 'confirming' },
    });
    await decide(run.runId, '1', false);
    expect((await ended(run.runId)).status).toBe('succeeded');
    expect(await notes()).toContain('Milk');
  });
});

describe('time', () => {
  const expire = (runId: string) =>
    query(
      gateway,
      `update run_approvals set expires_at = ${ago(1)}
       where run_id = '${runId}' returning run_id`,
    );

  it('ends a run that is not decided in time: nothing is done', async () => {
    const run = await waiting(removal(1));
    const stream = await follow(gateway, user, run.runId);
    await expire(run.runId);
    const events = await stream.ended;
    expect(events.parts.at(-1)).toMatchObject({
      type: 'error',
      errorText: 'This was not approved in time, and has not been done.',
    });
    expect(await runOf(run.runId)).toMatchObject({
      status: 'failed',
      errorCode: 'approval_expired',
      approvals: [{ state: 'expired' }],
    });
    const late = await decide(run.runId, '1-1', true);
    expect([late.status, late.body.error?.code]).toEqual([410, 'approval_expired']);
    expect(await notes()).toContain('Milk');
    const records = `select action from audit_records where object_id = '${run.runId}' order by id`;
    expect((await query(gateway, records))[0]).toEqual({ action: 'approval.expired' });
  });

  it('ends a run that no process has gone on with since its decision, long ago', async () => {
    const run = await waiting(removal(1));
    await query(gateway, approvedAt(ago(86_400), run.runId));
    expect(await ended(run.runId)).toMatchObject({
      status: 'failed',
      errorCode: 'approval_expired',
    });
    expect(await notes()).toContain('Milk');
    expect(server.asked).toHaveLength(1);
  });

  it('ends a run also while another one, which has ended, still counts as waiting', async () => {
    server.answer(speaking);
    const { data: odd } = await call<RunState>(gateway, '/api/chat', {
      token: user.token,
      body: { message: 'Remove it', profile_id: 'notes' },
    });
    const { data: other } = await call<RunState>(gateway, '/api/chat', {
      token: user.token,
      body: { message: '/delete_note 1', profile_id: 'confirming' },
    });
    await query(
      gateway,
      `insert into messages (id, conversation_id, run_id, role, content, created_at)
       select id, conversation_id, id, 'assistant', 'I remove it.', created_at from runs
       where id = '${odd.runId}' returning id`,
    );
    await query(
      gateway,
      `update runs set status = 'interrupted', finished_at = created_at
       where id = '${odd.runId}' returning id`,
    );
    await expire(odd.runId);
    await expire(other.runId);
    expect((await ended(other.runId)).errorCode).toBe('approval_expired');
    expect((await runOf(odd.runId)).status).toBe('interrupted');
    const left = `select run_id from run_suspensions where run_id = '${odd.runId}'`;
    await expect.poll(() => query(gateway, left)).toEqual([]);
  });
});

describe.runIf(process.env.E2E_DATABASE_URL)('another instance', () => {
  it('takes the decision and goes on, and the stream of the first one with it', async () => {
    const other = await startGateway({ environment: { ...gateway.environment } });
    server.answer(calls(removal(1)), says('Done.'));
    const body = { message: 'Remove it', profile_id: 'notes' };
    const headers = { Accept: 'text/event-stream' };
    const stream = await openStream(gateway, '/api/chat', user, { method: 'POST', body, headers });
    await expect.poll(() => cardsOf(stream)).toHaveLength(1);
    const { runId } = stream.read().parts[0]!.messageMetadata!;
    const decided = await Promise.all([
      decide(runId, '1-1', true, user, other),
      decide(runId, '1-1', true),
    ]);
    expect(decided.map(({ status }) => status)).toEqual([200, 200]);
    const events = await stream.ended;
    expect([events.answer, events.types.at(-1)]).toEqual(['Done.', 'finish']);
    expect(server.asked).toHaveLength(2);
    const left = await notes();
    expect(left).not.toContain('Milk');
    expect(left).toContain('Bread');
  });
});

describe('a restart', () => {
  it('leaves a run waiting, also a kill -9, and the next process goes on', async () => {
    const own = {
      ...environment,
      ...(await freshStorage()),
    };
    const first = await startGateway({ environment: own });
    const person = await aUser(first);
    await say(first, person, 'notes', '/add_note title=Milk text=buy');
    server.answer(calls(removal(1)), silent(), says('Done.'));
    const body = { message: 'Remove it', profile_id: 'notes' };
    const { data: run } = await call<RunState>(first, '/api/chat', { token: person.token, body });
    const headers = { Prefer: 'respond-async' };
    const { data: lost } = await call<RunState>(first, '/api/chat', {
      token: person.token,
      body,
      headers,
    });
    // Its process works on it.
    await expect.poll(() => server.asked.length).toBe(2);
    await first.kill('SIGKILL');
    const second = await startGateway({ environment: { ...first.environment } });
    // One that was worked on is lost with its process.
    expect((await ended(lost.runId, person, second)).status).toBe('interrupted');
    expect((await runOf(run.runId, person, second)).status).toBe('waiting_for_approval');
    expect((await decide(run.runId, '1-1', true, person, second)).status).toBe(200);
    expect((await ended(run.runId, person, second)).status).toBe('succeeded');
    expect((await say(second, person, 'notes', '/list_notes')).data.response).not.toContain('Milk');
  });

  it('finishes what was decided when the process died', async () => {
    const own = { ...environment, ...(await freshStorage()) };
    const first = await startGateway({ environment: own });
    const person = await aUser(first);
    await say(first, person, 'notes', '/add_note title=Milk text=buy');
    server.answer(calls(removal(1)), says('Done.'));
    const body = { message: 'Remove it', profile_id: 'notes' };
    const { data: run } = await call<RunState>(first, '/api/chat', { token: person.token, body });
    await first.kill('SIGKILL');
    await query(first, approvedAt(ago(0), run.runId));
    const second = await startGateway({ environment: { ...first.environment } });
    expect((await ended(run.runId, person, second)).status).toBe('succeeded');
  });
});
