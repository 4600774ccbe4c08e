import { randomUUID } from 'node:crypto';
import { type ModelServer, startModelServer } from '../../libs/models/src/testing/model-server.js';
import { says } from '../../libs/models/src/testing/open-ai-answers.js';
import { type Answer, aUser, call, type Chat, say, type User } from '../e2e/client.ts';
import { aSecret, freshStorage, type Gateway, query, startGateway } from '../e2e/gateway.ts';
import { aModelFile, aModelsDir, MODEL_KEY } from '../e2e/models.ts';
import { aProfile, aProfilesDir } from '../e2e/profiles.ts';
import { momentOf } from './auth/second-factor-user.ts';

/** What one person may use of one assistant: in a minute, and in a day. */

interface Allowance {
  readonly used: number;
  readonly limit: number;
  readonly resetsAt: string;
  readonly currency?: string;
}

interface Usage {
  readonly assistants: { readonly profileId: string; readonly limits: Record<string, Allowance> }[];
}

/** What one answer of the model uses, in and out, and costs. */
const TOKENS = 15;
const COST = (12 * 2 + 3 * 10) / 1e6;

const bounded = (id: string, limits: object) => ({
  [`${id}.json`]: aProfile(id, {
    engine: 'model',
    model: {},
    limits: { seconds: 20, resultBytes: 65_536, ...limits },
  }),
});

let server: ModelServer;
let gateway: Gateway;
let other: Gateway;
beforeAll(async () => {
  server = await startModelServer(says('Hello.'));
  const environment: Record<string, string> = {
    ...(await freshStorage()),
    MODELS_DIR: aModelsDir(aModelFile('main', server.url, { default: true })),
    PROFILES_DIR: aProfilesDir({
      ...bounded('brisk', { messagesPerMinute: 5 }),
      ...bounded('sparing', { tokensPerDay: 2 * TOKENS + 1 }),
      ...bounded('cheap', { costPerDay: { currency: 'USD', amount: 1.5 * COST } }),
    }),
    [MODEL_KEY]: aSecret(),
    JWT_SECRET: aSecret(),
    PASSWORD_PEPPER: aSecret(),
  };
  gateway = await startGateway({ environment });
  other = environment.DATABASE_URL ? await startGateway({ environment }) : gateway;
});
afterAll(() => server.close());

const limitsOf = async (user: User, profileId: string) => {
  const { data } = await call<Usage>(other, '/api/me/usage', { token: user.token });
  return data.assistants.find((assistant) => assistant.profileId === profileId)!.limits;
};

const refusal = ({ status, body, headers }: Answer<Chat>) => ({
  status,
  code: body.error?.code,
  limit: (body.error as { limit?: Allowance & { name: string } } | undefined)?.limit,
  retryAfter: Number(headers.get('retry-after')),
  left: /, "(?:\w+)";r=(\d+);t=\d+$/.exec(headers.get('ratelimit') ?? '')?.[1],
});

const secondsUntil = (moment: string) => (Date.parse(moment) - Date.now()) / 1000;

describe('messages in a minute', () => {
  it('are counted once where they come again under their key', async () => {
    const user = await aUser(gateway);
    const headers = { 'Idempotency-Key': randomUUID() };
    const body = { message: 'again', profile_id: 'brisk' };
    for (let n = 0; n < 3; n += 1) {
      const answer = await call<Chat>(gateway, '/api/chat', { token: user.token, headers, body });
      expect(answer.status).toBe(200);
    }
    expect((await limitsOf(user, 'brisk')).messagesPerMinute).toMatchObject({ used: 1 });
  });

  it('are no more than the profile says, however many come at once, and whatever else is said', async () => {
    const user = await aUser(gateway);
    const answers = await Promise.all(
      Array.from({ length: 14 }, (_, n) => say(n % 2 ? gateway : other, user, 'brisk', `${n}`)),
    );
    const refused = answers.filter(({ status }) => status !== 200).map(refusal);
    expect(refused).toHaveLength(9);
    for (const { status, code, limit, retryAfter, left } of refused) {
      expect([status, code, limit?.name, limit?.used, limit?.limit, left]).toEqual([
        429,
        'limit_reached',
        'messagesPerMinute',
        5,
        5,
        '0',
      ]);
      expect(Math.abs(retryAfter - secondsUntil(limit!.resetsAt))).toBeLessThan(5);
      expect(retryAfter).toBeGreaterThan(0);
      expect(retryAfter).toBeLessThanOrEqual(60);
    }
    expect((await limitsOf(user, 'brisk')).messagesPerMinute).toMatchObject({ used: 5, limit: 5 });
    expect((await say(gateway, user, 'notes', 'Hello')).status).toBe(200);
    expect((await say(gateway, await aUser(gateway), 'brisk', 'Hello')).status).toBe(200);

    // From now, as the messages before may have taken some of the ten seconds that are left.
    const takenSecondsAgo = (seconds: number) =>
      query(
        gateway,
        `update message_places set taken_at = ${momentOf(gateway, Date.now() - seconds * 1000)}
         where account_id = '${user.userId}' and place < 2`,
      );
    await takenSecondsAgo(50);
    expect((await say(gateway, user, 'brisk', 'too early')).status).toBe(429);
    const soon = (await limitsOf(user, 'brisk')).messagesPerMinute!;
    expect(secondsUntil(soon.resetsAt)).toBeLessThan(11);
    await takenSecondsAgo(100);
    const statuses = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await say(other, user, 'brisk', 'now')).status);
    expect(statuses).toEqual([200, 200, 429]);
  });

  it('are told in the headers of each answer, and in the profile', async () => {
    const user = await aUser(gateway);
    const { headers } = await say(gateway, user, 'brisk', 'Hello');
    expect(headers.get('ratelimit-policy')).toMatch(/, "messagesPerMinute";q=5;w=60$/);
    expect(headers.get('ratelimit')).toMatch(/, "messagesPerMinute";r=4;t=\d+$/);
    const stream = await call(gateway, '/api/chat', {
      token: user.token,
      headers: { Accept: 'text/event-stream' },
      body: { message: 'Hello', profile_id: 'brisk' },
    });
    expect(stream.headers.get('ratelimit')).toMatch(/, "messagesPerMinute";r=3;t=\d+$/);
    const { data } = await call(gateway, '/api/profiles/brisk', { token: user.token });
    expect(data.limits).toEqual({ runs: 8, messagesPerMinute: 5 });
  });

  it('do not keep a repetition from its answer', async () => {
    const user = await aUser(gateway);
    const repeatable = () =>
      call<Chat>(gateway, '/api/chat', {
        token: user.token,
        headers: { 'Idempotency-Key': key },
        body: { message: 'once', profile_id: 'brisk' },
      });
    const key = randomUUID();
    const first = await repeatable();
    while ((await say(gateway, user, 'brisk', 'more')).status === 200);
    const again = await repeatable();
    expect([again.status, again.data.conversationId]).toEqual([200, first.data.conversationId]);
  });
});

describe('what a model uses in a day', () => {
  // Each of them is about one day, of which enough has to be left.
  beforeEach(async () => {
    const secondsLeftOfDay = () => 86_400 - ((Date.now() / 1000) % 86_400);
    await vi.waitUntil(() => secondsLeftOfDay() > 60, { timeout: 90_000 });
  });

  it.each([
    { profile: 'sparing', name: 'tokensPerDay', answers: 3, used: 3 * TOKENS, unit: 'tokens' },
    { profile: 'cheap', name: 'costPerDay', answers: 2, used: 2 * COST, unit: 'millionths' },
  ])('ends with $name: $profile', async ({ profile, name, answers, used, unit }) => {
    const user = await aUser(gateway);
    for (let n = 0; n < answers; n += 1) {
      const { status, headers } = await say(n % 2 ? gateway : other, user, profile, 'Hello');
      expect(status).toBe(200);
      expect(headers.get('ratelimit-policy')).toMatch(
        new RegExp(`, "${name}";q=\\d+;w=86400;qu="${unit}"$`),
      );
    }
    for (const at of [gateway, other]) {
      const refused = refusal(await say(at, user, profile, 'Hello'));
      const { status, code, limit, retryAfter, left } = refused;
      expect([status, code, limit?.name, left]).toEqual([429, 'limit_reached', name, '0']);
      expect(limit!.used).toBeCloseTo(used, 9);
      expect(new Date(limit!.resetsAt).toISOString()).toMatch(/T00:00:00\.000Z$/);
      expect(Math.abs(retryAfter - secondsUntil(limit!.resetsAt))).toBeLessThan(5);
    }
    const limits = await limitsOf(user, profile);
    expect(limits[name]!.used).toBeCloseTo(used, 9);
    expect(limits.runs).toEqual({ used: 0, limit: 8 });

    // A command asks no model, and another assistant has limits of its own.
    expect((await say(gateway, user, profile, '/add_note text=milk')).status).toBe(200);
    expect((await say(gateway, user, 'notes', 'Hello')).status).toBe(200);

    await query(
      gateway,
      `update token_usage set day = '2020-01-01'
      where account_id = '${user.userId}'`,
    );
    expect((await say(gateway, user, profile, 'Hello')).status).toBe(200);
  });

  it('is counted once for the person, and by assistant', async () => {
    const user = await aUser(gateway);
    for (const profile of ['sparing', 'cheap', 'brisk']) await say(gateway, user, profile, 'Hello');
    const { data } = await call<{ models: { today: { inputTokens: number } } }>(
      gateway,
      '/api/me/usage',
      { token: user.token },
    );
    expect(data.models.today.inputTokens).toBe(3 * 12);
    expect((await limitsOf(user, 'sparing')).tokensPerDay!.used).toBe(TOKENS);
  });
});
