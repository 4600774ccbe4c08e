import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Answer, aUser, call, type Chat, say, type User } from '../e2e/client.ts';
import { aSecret, freshStorage, type Gateway, query, startGateway } from '../e2e/gateway.ts';
import { aProfile, aProfilesDir } from '../e2e/profiles.ts';
import { aSlowProfile } from '../e2e/streams.ts';

/** Many messages at once, to one conversation and to one assistant: what runs, what waits, and what is refused. */

const signal = join(tmpdir(), `signal-${randomUUID()}`);
const profiles = aSlowProfile(signal);
const slow = profiles['slow.json'] as { limits: object };
const single = { ...slow, id: 'single', limits: { ...slow.limits, runs: 1 } };

/** How many messages of one conversation wait, on one instance. */
const WAITING = 32;

const METRICS_TOKEN = aSecret();

/** How many messages wait for their turn on the first instance. */
const waitingMessages = async () => {
  const { text } = await call(gateway, '/metrics', { token: METRICS_TOKEN });
  return Number(/^gateway_queue_length\{queue="messages"\} (\d+)$/m.exec(text)?.[1]);
};

let gateway: Gateway;
let other: Gateway;
let environment: Record<string, string>;
beforeAll(async () => {
  environment = {
    ...(await freshStorage()),
    PROFILES_DIR: aProfilesDir({
      ...profiles,
      'single.json': single,
      'plain.json': aProfile('plain'),
    }),
    JWT_SECRET: aSecret(),
    PASSWORD_PEPPER: aSecret(),
    SHUTDOWN_DRAIN: '1s',
    METRICS_TOKEN,
  };
  gateway = await startGateway({ environment });
  other = environment.DATABASE_URL ? await startGateway({ environment }) : gateway;
});

interface AcceptedRun {
  readonly runId: string;
  readonly conversationId: string;
}

const accept = (user: User, message: string, profile = 'slow', conversationId?: string) =>
  call<AcceptedRun>(gateway, '/api/chat', {
    token: user.token,
    body: {
      message,
      profile_id: profile,
      ...(conversationId ? { conversation_id: conversationId } : {}),
    },
    headers: { Prefer: 'respond-async' },
  });

const historyOf = async (user: User, conversationId: string) =>
  (
    await call<{ messages: { role: string; content: string }[] }>(
      gateway,
      `/api/chat/history/${conversationId}?limit=100`,
      { token: user.token },
    )
  ).data.messages;

const waitForPerson = (runId: string) =>
  query(gateway, `update runs set status = 'waiting_for_approval' where id = '${runId}'`);

const refused = ({ status, body, headers }: Answer<unknown>) => ({
  status,
  code: body.error?.code,
  runId: (body.error as { runId?: string } | undefined)?.runId,
  waits: Number(headers.get('retry-after')) > 0,
});

describe('messages that come at once to one conversation', () => {
  it('are answered one after the other, on whatever instance', async () => {
    const user = await aUser(gateway);
    const id = `conv_${randomUUID()}`;
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, n) =>
        say(n % 2 ? gateway : other, user, 'slow', `/tell_story length=${n + 1}`, id),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const roles = (await historyOf(user, id)).map(({ role }) => role);
    expect(roles).toEqual(answers.flatMap(() => ['user', 'assistant']));
  });

  it('are answered in the order in which they came, and are refused where too many wait', async () => {
    const user = await aUser(gateway);
    const { data } = await accept(user, '/wait_for_signal');
    const texts = Array.from({ length: WAITING + 1 }, (_, n) => `/tell_story length=${n + 1}`);
    const waiting = texts.map((text) => say(gateway, user, 'slow', text, data.conversationId));
    // The one too many is refused at once; which of them it is depends on the network.
    const first = await Promise.race(waiting);
    expect(refused(first)).toEqual({
      status: 409,
      code: 'conversation_busy',
      runId: data.runId,
      waits: true,
    });
    writeFileSync(signal, '');
    const answers = await Promise.all(waiting);
    // On a very busy machine the last of them lose their patience.
    const isAnswered = ({ status }: Answer<unknown>) => status === 200;
    const answered = answers.filter(isAnswered);
    expect(answered.length).toBeGreaterThan(0);
    for (const answer of answers.filter((one) => !isAnswered(one))) {
      expect(refused(answer)).toMatchObject({ status: 409, code: 'conversation_busy' });
    }
    const history = await historyOf(user, data.conversationId);
    expect(history.map(({ role }) => role)).toEqual(
      ['first', ...answered].flatMap(() => ['user', 'assistant']),
    );
  });

  it('are refused at once while the one before waits for the person, also under a key', async () => {
    const user = await aUser(gateway);
    const { data } = await accept(user, '/tell_story length=1 milliseconds=30000');
    await waitForPerson(data.runId);
    const refusal = { status: 409, code: 'conversation_busy', runId: data.runId, waits: true };
    const keyed: Record<string, string> = { 'Idempotency-Key': randomUUID() };
    for (const headers of [{}, keyed]) {
      const answer = await call<Chat>(other, '/api/chat', {
        token: user.token,
        headers,
        body: { message: 'and?', profile_id: 'slow', conversation_id: data.conversationId },
      });
      expect(refused(answer)).toEqual(refusal);
    }
    expect((await historyOf(user, data.conversationId)).map(({ role }) => role)).toEqual(['user']);
    // Other conversations of the same person are free.
    expect((await say(gateway, user, 'slow', '/tell_story length=3')).status).toBe(200);
  });

  it('are refused when the one before begins to wait for the person, wherever it runs', async () => {
    const user = await aUser(gateway);
    const { data } = await accept(user, '/tell_story length=1 milliseconds=15000');
    const waiting = say(other, user, 'slow', 'and?', data.conversationId);
    await waitForPerson(data.runId);
    const from = performance.now();
    expect(refused(await waiting)).toMatchObject({ code: 'conversation_busy', runId: data.runId });
    expect(performance.now() - from).toBeLessThan(10_000);
  });

  it('are not begun for an account that was disabled while they waited', async () => {
    const user = await aUser(gateway);
    rmSync(signal, { force: true });
    const { data } = await accept(user, '/wait_for_signal');
    // The first of the line, and the one behind it.
    const waiting = ['and?', 'and then?'].map((text) =>
      say(gateway, user, 'slow', text, data.conversationId),
    );
    await expect.poll(waitingMessages).toBe(2);
    const now = environment.DATABASE_URL ? 'now()' : String(Date.now());
    await query(gateway, `update accounts set disabled_at = ${now} where id = '${user.userId}'`);
    writeFileSync(signal, '');
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([409, 409]);
    const rows = await query(
      gateway,
      `select content from messages where role = 'user' and conversation_id in
         (select id from conversations where account_id = '${user.userId}')`,
    );
    expect(rows).toHaveLength(1);
  });

  it('find that the one before waits for the person, whatever its process does afterwards', async () => {
    rmSync(signal, { force: true });
    const user = await aUser(gateway);
    const { data } = await accept(user, '/wait_for_signal');
    // As if the answer of the database had been lost.
    await waitForPerson(data.runId);
    writeFileSync(signal, '');
    const record = `select outcome from audit_records
      where action = 'message.sent' and object_id = '${data.conversationId}'`;
    await expect.poll(() => query(gateway, record)).toHaveLength(1);
    const run = `select status, finished_at from runs where id = '${data.runId}'`;
    expect(await query(gateway, run)).toEqual([
      { status: 'waiting_for_approval', finished_at: null },
    ]);
  });

  it('tell nothing of the runs in the conversation of another user with the same id', async () => {
    const [owner, thief] = [await aUser(gateway), await aUser(gateway)];
    const owned = await accept(owner, '/tell_story length=1 milliseconds=30000');
    await waitForPerson(owned.data.runId);
    const own = await accept(
      thief,
      '/tell_story length=1 milliseconds=30000',
      'slow',
      owned.data.conversationId,
    );
    expect(own.status).toBe(202);
    await waitForPerson(own.data.runId);
    const answer = await say(gateway, thief, 'slow', 'and?', owned.data.conversationId);
    expect(refused(answer).runId).toBe(own.data.runId);
    expect(answer.text).not.toContain(owned.data.runId);
  });
});

describe('messages of one person to one assistant', () => {
  it('are no more at the same time than its profile says, however many come at once', async () => {
    const user = await aUser(gateway);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        say(n % 2 ? gateway : other, user, 'single', '/tell_story length=5 milliseconds=30'),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const runs = await query(
      gateway,
      `select finished_at from runs where conversation_id in
         (select id from conversations where account_id = '${user.userId}')`,
    );
    expect(runs).toHaveLength(12);
    const ends = runs.map((run) => +new Date(run.finished_at as Date)).toSorted((a, b) => a - b);
    for (let n = 1; n < ends.length; n += 1) expect(ends[n]! - ends[n - 1]!).toBeGreaterThan(20);
  });

  it('are refused while all wait for the person, and other assistants answer', async () => {
    const user = await aUser(gateway);
    const { data } = await accept(user, '/tell_story length=1 milliseconds=30000', 'single');
    await waitForPerson(data.runId);
    const answer = await say(other, user, 'single', 'and?');
    expect(refused(answer)).toMatchObject({ status: 429, code: 'too_many_runs', waits: true });
    expect((answer.body.error as { limit?: number }).limit).toBe(1);
    expect((await say(gateway, user, 'plain', '/add_note text=milk')).status).toBe(200);
  });
});

describe.runIf(process.env.E2E_DATABASE_URL)('messages and answers of one person', () => {
  it('never wait for each other in the database', async () => {
    const user = await aUser(gateway);
    const answers = await Promise.all(
      Array.from({ length: 24 }, async (_, n) => {
        const statuses: number[] = [];
        for (let round = 0; round < 8; round += 1) {
          const at = n % 2 ? gateway : other;
          const [profile, text] = n % 3 ? ['plain', '/help'] : ['single', '/tell_story length=5'];
          statuses.push((await say(at, user, profile!, text!)).status);
        }
        return statuses;
      }),
    );
    expect(new Set(answers.flat())).toEqual(new Set([200]));
    // A write that ends a deadlock is repeated, so only the database tells.
    const counted = 'select deadlocks from pg_stat_database where datname = current_database()';
    expect(await query(gateway, counted)).toEqual([{ deadlocks: '0' }]);
  });
});

describe('a run that its process does not know, as the begin was stored and not answered', () => {
  it('is interrupted, and keeps its conversation no longer', async () => {
    const user = await aUser(gateway);
    const busy = await accept(user, '/tell_story length=1 milliseconds=40000');
    const { data: unknown } = await accept(user, '/tell_story length=1');
    // Its process says that it lives.
    const now = () => (environment.DATABASE_URL ? 'now()' : Date.now());
    const instance = `(select instance_id from runs where id = '${busy.data.runId}')`;
    const alive = () =>
      query(
        gateway,
        `select 1 from gateway_instances where id = ${instance} and alive_until > ${now()}`,
      );
    await expect.poll(alive).toHaveLength(1);
    const path = `/api/chat/runs/${unknown.runId}`;
    const statusNow = async () =>
      (await call<{ status: string }>(gateway, path, { token: user.token })).data.status;
    await expect.poll(statusNow).toBe('succeeded');
    const past = environment.DATABASE_URL ? `now() - interval '1 minute'` : Date.now() - 60_000;
    await query(gateway, `delete from messages where id = '${unknown.runId}'`);
    await query(
      gateway,
      `update runs set status = 'running', finished_at = null, deadline_at = ${past},
         instance_id = ${instance}
       where id = '${unknown.runId}'`,
    );
    await expect.poll(statusNow, { timeout: 15_000 }).toBe('interrupted');
    const next = await say(gateway, user, 'slow', '/tell_story length=1', unknown.conversationId);
    expect(next.status).toBe(200);
    await call(gateway, `/api/chat/runs/${busy.data.runId}/cancel`, {
      method: 'POST',
      token: user.token,
    });
  });
});

describe('a run whose process was killed', () => {
  it('keeps its conversation and its place for five seconds at most', async () => {
    const user = await aUser(gateway);
    const doomed = await startGateway({ environment: { ...environment, ...(await storageOf()) } });
    const by = environment.DATABASE_URL ? user : await aUser(doomed);
    const { data } = await call<AcceptedRun>(doomed, '/api/chat', {
      token: by.token,
      body: { message: '/tell_story length=1 milliseconds=30000', profile_id: 'single' },
      headers: { Prefer: 'respond-async' },
    });
    await doomed.kill();
    const heir = environment.DATABASE_URL
      ? gateway
      : await startGateway({ environment: doomed.environment });
    const { status } = await say(heir, by, 'single', '/tell_story length=1', data.conversationId);
    expect(status).toBe(200);
    const path = `/api/chat/runs/${data.runId}`;
    expect((await call(heir, path, { token: by.token })).data).toMatchObject({
      status: 'interrupted',
    });
  });

  /** A file has one process at a time. */
  const storageOf = async () => (environment.DATABASE_URL ? {} : freshStorage());
});
