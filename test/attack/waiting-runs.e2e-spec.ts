import { resolve } from 'node:path';
import { type ModelServer, startModelServer } from '../../libs/models/src/testing/model-server.js';
import { calls } from '../../libs/models/src/testing/open-ai-answers.js';
import { aUser, call, say, type User } from '../e2e/client.ts';
import { aSecret, freshStorage, type Gateway, query, startGateway } from '../e2e/gateway.ts';
import { aModelFile, aModelsDir, MODEL_KEY } from '../e2e/models.ts';
import { aProfile, aProfilesDir } from '../e2e/profiles.ts';

/** An account that has as much as it can wait for it, and decides nothing. */

/** Messages that one account may have in work with one assistant (`limits.runs`). */
const MOST_RUNS = 8;
const AT_ONCE = 40;

interface Waiting {
  readonly runId: string;
  readonly status: string;
  readonly approvals?: object[];
}

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly limit: number;
  readonly runIds: string[];
}

/** Each waits at once, without a model: for an approval, for a form, and for a connection. */
const WAITS = [
  ['approvals', 'careful', '/add_note text=x', 'waiting_for_approval'],
  ['forms', 'asking', '/book', 'waiting_for_input'],
  ['connections', 'box', '/whoami', 'waiting_for_input'],
] as const;

const careful = aProfile('careful', {
  allowedTools: { 'personal-tools': ['add_note', 'list_notes'] },
  confirm: ['add_note'],
});
const asking = aProfile('asking', {
  servers: [
    {
      name: 'asking',
      transport: 'stdio',
      command: process.execPath,
      args: [resolve('test/e2e/asking-server.mjs'), 'modern'],
    },
  ],
  allowedTools: { asking: ['book'] },
});
const box = aProfile('box', {
  servers: [
    {
      name: 'box',
      transport: 'http',
      url: 'https://notes.example/mcp',
      authorization: { type: 'oauth' },
    },
  ],
  allowedTools: { box: ['whoami'] },
});
const writing = aProfile('writing', {
  engine: 'model',
  allowedTools: { 'personal-tools': ['add_note'] },
});

describe('an account that decides nothing', () => {
  let model: ModelServer;
  let environment: Record<string, string>;
  let gateway: Gateway;
  /** Another instance where several may share a database, else the same one. */
  let other: Gateway;

  beforeAll(async () => {
    const note = (n: number) => ({ name: 'add_note', text: `{"text":"${n}"}`, id: `c${n}` });
    model = await startModelServer(calls(...Array.from({ length: 30 }, (_, n) => note(n))));
    environment = {
      ...(await freshStorage()),
      MODELS_DIR: aModelsDir(aModelFile('main', model.url, { default: true })),
      [MODEL_KEY]: aSecret(),
      PROFILES_DIR: aProfilesDir({
        'asking.json': asking,
        'box.json': box,
        'careful.json': careful,
        'writing.json': writing,
      }),
      JWT_SECRET: aSecret(),
      PASSWORD_PEPPER: aSecret(),
    };
    gateway = await startGateway({ environment });
    other = environment.DATABASE_URL ? await startGateway({ environment }) : gateway;
  });
  afterAll(() => model.close());

  const send = (at: Gateway, { token }: User, message: string, profile: string) =>
    call<Waiting>(at, '/api/chat', { token, body: { message, profile_id: profile } });
  /** What the database has of an account. */
  const keptOf = async ({ userId }: User, at = gateway) => {
    const [row] = await query(
      at,
      `select count(*) as runs, count(s.run_id) as waiting
       from runs join conversations c on c.id = runs.conversation_id
       left join run_suspensions s on s.run_id = runs.id where c.account_id = '${userId}'`,
    );
    return { runs: Number(row!.runs), waiting: Number(row!.waiting) };
  };
  const fill = (user: User, message: string, profile: string) =>
    Promise.all(
      Array.from({ length: AT_ONCE }, (_, n) =>
        send(n % 2 ? gateway : other, user, message, profile),
      ),
    );
  const errorOf = ({ body }: { body: { error?: unknown } }) => body.error as Refusal;

  it.each(WAITS)(
    'has no more %s open than it may have runs, however many it asks for at once',
    async (_kind, profile, message, status) => {
      const user = await aUser(gateway);
      const answers = await fill(user, message, profile);
      const waiting = answers.filter((answer) => answer.status === 202);
      expect(waiting.map(({ data }) => data.status)).toEqual(Array(MOST_RUNS).fill(status));
      const refused = answers.filter((answer) => answer.status !== 202);
      expect(refused).toHaveLength(AT_ONCE - MOST_RUNS);
      for (const answer of refused) {
        expect([answer.status, errorOf(answer).code]).toEqual([429, 'too_many_runs']);
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      }
      // Nothing is kept of what was refused.
      expect(await keptOf(user)).toEqual({ runs: MOST_RUNS, waiting: MOST_RUNS });
      // The next one is refused at once, with those that the person has to see to.
      const next = errorOf(await send(other, user, message, profile));
      expect(next).toMatchObject({ code: 'too_many_runs', limit: MOST_RUNS });
      expect(next.message).toMatch(/waiting for you/);
      expect(next.runIds.toSorted()).toEqual(waiting.map(({ data }) => data.runId).toSorted());
      // Other assistants and other people are not concerned.
      expect((await say(gateway, user, 'notes', '/list_notes')).status).toBe(200);
      expect((await send(gateway, await aUser(gateway), message, profile)).status).toBe(202);
      // What the person is done with makes room for one.
      const [first] = next.runIds;
      const { token } = user;
      await call(other, `/api/chat/runs/${first}/cancel`, { method: 'POST', token });
      const room = await fill(user, message, profile);
      expect(room.filter((answer) => answer.status === 202)).toHaveLength(1);
    },
  );

  it('has no way around it by branches', async () => {
    const user = await aUser(gateway);
    const { data } = await say(gateway, user, 'careful', '/list_notes');
    const { token } = user;
    const history = `/api/chat/history/${data.conversationId}`;
    const { messages } = (await call<{ messages: { id: string }[] }>(gateway, history, { token }))
      .data;
    await fill(user, '/add_note text=x', 'careful');
    const edited = await call(gateway, '/api/chat', {
      token,
      body: { message: '/add_note text=y', profile_id: 'careful', edit_of: messages[0]!.id },
    });
    const again = await call(gateway, `/api/chat/messages/${messages[0]!.id}/regenerate`, {
      method: 'POST',
      token,
    });
    expect([edited, again].map(({ body }) => body.error?.code)).toEqual([
      'too_many_runs',
      'too_many_runs',
    ]);
    expect(await keptOf(user)).toEqual({ runs: MOST_RUNS + 1, waiting: MOST_RUNS });
  });

  it('is asked no more than eight things by one run, whatever a model wants', async () => {
    const user = await aUser(gateway);
    const { data } = await send(gateway, user, 'Write thirty notes', 'writing');
    expect(data.status).toBe('waiting_for_approval');
    expect(data.approvals).toHaveLength(8);
  });

  it('has no more after a kill -9 either', async () => {
    const user = await aUser(gateway);
    await fill(user, '/add_note text=x', 'careful');
    await gateway.kill();
    const heir = await startGateway({ environment: gateway.environment });
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => send(heir, user, '/add_note text=x', 'careful')),
    );
    expect(answers.map(({ status }) => status)).toEqual([429, 429, 429, 429]);
    expect(await keptOf(user, heir)).toEqual({ runs: MOST_RUNS, waiting: MOST_RUNS });
  });
});
