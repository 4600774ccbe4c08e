import { aUser, call, lastLetThrough, say } from './client.ts';
import { aSecret, freePort, freshStorage, type Gateway, startGateway } from './gateway.ts';

// Several instances share a PostgreSQL and a Redis; SQLite is for one.
const isScaled = process.env.E2E_DATABASE_URL !== undefined;
const redisUrl = process.env.E2E_REDIS_URL;

describe.runIf(isScaled)('two instances on one database', () => {
  let one: Gateway;
  let other: Gateway;
  beforeAll(async () => {
    const environment = {
      ...(await freshStorage()),
      JWT_SECRET: aSecret(),
      PASSWORD_PEPPER: aSecret(),
      ...(redisUrl ? { REDIS_URL: redisUrl, LIMIT_CHAT: '10/1m' } : {}),
    };
    // Together, on an empty database: the migrations must not meet.
    [one, other] = await Promise.all([
      startGateway({ environment }),
      startGateway({ environment }),
    ]);
  });

  it('serve each other’s users and conversations', async () => {
    const user = await aUser(one);
    const { data } = await say(one, user, 'notes', 'written on one');
    const { data: list } = await say(other, user, 'notes', '/list_notes');
    expect(list.response).toContain('written on one');
    const history = await call(other, `/api/chat/history/${data.conversationId}`, {
      token: user.token,
    });
    expect(history.status).toBe(200);
  });

  it('see a sign-out on the other within a second', { retry: 2 }, async () => {
    const user = await aUser(one);
    const me = (gateway: Gateway) => call(gateway, '/api/auth/me', { token: user.token });
    expect([(await me(one)).status, (await me(other)).status]).toEqual([200, 200]);
    await call(one, '/api/auth/logout', { method: 'POST', token: user.token });
    const last = lastLetThrough(async () => (await me(other)).status === 200);
    expect((await me(one)).status).toBe(401);
    expect(await last).toBeLessThanOrEqual(1_000);
  });

  it('give one refresh token one successor, wherever it is used', async () => {
    const user = await aUser(one);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        call<{ refreshToken: string }>(n % 2 ? one : other, '/api/auth/refresh', {
          body: { refreshToken: user.refreshToken },
        }),
      ),
    );
    expect(new Set(answers.map(({ data }) => data.refreshToken)).size).toBe(1);
  });

  it('lock an account together, whichever was guessed at', async () => {
    const user = await aUser(one);
    const login = (gateway: Gateway, password: string) =>
      call(gateway, '/api/auth/login', { body: { username: user.username, password } });
    for (let n = 0; n < 5; n += 1) {
      expect((await login(n % 2 ? one : other, 'a wrong guess')).status).toBe(401);
    }
    for (const gateway of [one, other]) {
      const answer = await login(gateway, user.password);
      expect([answer.status, answer.body.error?.code]).toEqual([429, 'too_many_attempts']);
    }
  });

  it.runIf(redisUrl)('count the limits together', async () => {
    const user = await aUser(one);
    // With their servers up, the calls meet nothing but the counters.
    for (const gateway of [one, other]) await say(gateway, user, 'everything', 'hi');
    const answers = await Promise.all(
      Array.from({ length: 22 }, (_, n) => say(n % 2 ? one : other, user, 'everything', 'hi')),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(8);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(14);
  });
});

describe('a Redis that is away', () => {
  it('neither stops the start nor a request, and limits still hold', async () => {
    const gateway = await startGateway({
      environment: { REDIS_URL: `redis://127.0.0.1:${await freePort()}`, LIMIT_CHAT: '2/1m' },
    });
    const user = await aUser(gateway);
    const statuses = [];
    for (let n = 0; n < 3; n += 1) {
      statuses.push((await say(gateway, user, 'everything', 'hi')).status);
    }
    expect(statuses).toEqual([200, 200, 429]);
    const ready = await call(gateway, '/health/ready');
    expect(ready.status).toBe(200);
    expect(ready.text).toContain('"counters":{"shared":false,"status":"up"}');
  });
});
