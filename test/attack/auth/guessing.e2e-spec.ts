import pg from 'pg';
import { aUser, call, type Tokens, type User } from '../../e2e/client.ts';
import { freshStorage, type Gateway, query, startGateway } from '../../e2e/gateway.ts';
import { ago } from './mailbox.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});

const login = (username: string, password: string, device?: object, on: Gateway = gateway) =>
  call<Tokens>(on, '/api/auth/login', {
    body: { username, password, ...(device ? { device } : {}) },
  });
const guess = (username: string, times: number, device?: object, on?: Gateway) =>
  Array.from({ length: times }).reduce<Promise<unknown>>(
    (before) => before.then(() => login(username, 'a wrong guess', device, on)),
    Promise.resolve(),
  );
const passTime = () => query(gateway, 'update guess_counters set locked_until = 1');
const noticesOf = async (user: User) =>
  (await call<{ kind: string }[]>(gateway, '/api/auth/notices', { token: user.token })).data.map(
    ({ kind }) => kind,
  );

describe('guessing at an account', () => {
  it('is stopped after five failures, also with the right password', async () => {
    const user = await aUser(gateway);
    await guess(user.username, 5);
    const answer = await login(user.username, user.password);
    expect([answer.status, answer.body.error?.code]).toEqual([429, 'too_many_attempts']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(15);
    expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(30);
  });

  it('doubles the wait after each further failure', async () => {
    const user = await aUser(gateway);
    const waits: number[] = [];
    for (let n = 0; n < 9; n += 1) {
      await login(user.username, 'a wrong guess');
      const locked = await login(user.username, user.password);
      if (locked.status === 429) waits.push(Number(locked.headers.get('retry-after')));
      else await guess(user.username, 4);
      await passTime();
    }
    expect(waits.length).toBeGreaterThan(4);
    for (const [n, wait] of waits.slice(1).entries()) {
      expect(wait / waits[n]!).toBeGreaterThan(1.5);
    }
  });

  it('gets the same response for an unknown username', async () => {
    const user = await aUser(gateway);
    const answers = [];
    for (const username of [user.username, 'nobody-has-this-name']) {
      const refusals = [];
      for (let n = 0; n < 6; n += 1) refusals.push(await login(username, 'a wrong guess'));
      answers.push(
        refusals.map(({ status, body, headers }) => ({
          status,
          error: { ...body.error, requestId: '' },
          headers: [...headers.keys()].toSorted(),
        })),
      );
    }
    expect(answers[1]).toEqual(answers[0]);
  });

  it('is not helped by concurrent guesses', async () => {
    const user = await aUser(gateway);
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, n) => login(user.username, `wrong guess ${n}`)),
    );
    let tested = answers.filter(({ status }) => status === 401).length;
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(60 - tested);
    // A guess that is counted while still in flight counts twice, so some more may be needed.
    while ((await login(user.username, 'a wrong guess')).status === 401) tested += 1;
    expect(tested).toBe(5);
  });

  it('does not get a new counter by another spelling of the username', async () => {
    const user = await aUser(gateway);
    await guess(user.username.toUpperCase(), 3);
    await guess(user.username, 2);
    expect((await login(user.username, user.password)).status).toBe(429);
  });

  it('is counted from zero again after a right password', async () => {
    const user = await aUser(gateway);
    await guess(user.username, 4);
    expect((await login(user.username, user.password)).status).toBe(200);
    await guess(user.username, 4);
    expect((await login(user.username, user.password)).status).toBe(200);
  });

  it('does not count attempts that could not be verified', async () => {
    const user = await aUser(gateway);
    await query(gateway, 'alter table accounts rename to accounts_away');
    try {
      for (let n = 0; n < 5; n += 1) {
        expect((await login(user.username, user.password)).status).toBe(500);
      }
    } finally {
      await query(gateway, 'alter table accounts_away rename to accounts');
    }
    expect((await login(user.username, user.password)).status).toBe(200);
  });

  it('treats the right password of a disabled account as a wrong one', async () => {
    const user = await aUser(gateway);
    await query(
      gateway,
      `update accounts set disabled_at = created_at where id = '${user.userId}'`,
    );
    await guess(user.username, 4);
    const right = await login(user.username, user.password);
    expect([right.status, right.body.error?.code]).toEqual([401, 'invalid_credentials']);
    expect((await login(user.username, user.password)).status).toBe(429);
  });
});

describe('the owner of an account that is guessed at', () => {
  const setBack = ({ userId }: User, days: number) =>
    query(
      gateway,
      `update security_notices set occurred_at = ${ago(gateway, days * 86_400)}
       where account_id = '${userId}'`,
    );

  it('is notified once, and the notice is recorded in the audit trail', async () => {
    const user = await aUser(gateway);
    await guess(user.username, 8);
    await passTime();
    await guess(user.username, 1);
    await expect.poll(() => noticesOf(user)).toEqual(['account_locked']);
    const rows = await query(
      gateway,
      `select outcome from audit_records where action = 'owner.told' and object_id = '${user.userId}'`,
    );
    expect(rows).toEqual([{ outcome: 'account_locked' }]);
  });

  it('is notified again after a week', async () => {
    const user = await aUser(gateway);
    await guess(user.username, 5);
    await expect.poll(() => noticesOf(user)).toEqual(['account_locked']);
    await setBack(user, 6);
    await passTime();
    await guess(user.username, 1);
    await setBack(user, 8);
    await passTime();
    await guess(user.username, 1);
    await expect.poll(() => noticesOf(user)).toEqual(['account_locked', 'account_locked']);
  });

  it('is notified after the response, which does not reveal whether the account exists', async () => {
    const user = await aUser(gateway);
    // If the response waited for the notice, it could not be sent now.
    await query(gateway, 'alter table security_notices rename to security_notices_away');
    try {
      for (const name of [user.username, 'nobody-is-called-that']) {
        for (let n = 0; n < 5; n += 1) expect((await login(name, 'a guess')).status).toBe(401);
      }
      await expect.poll(() => gateway.log()).toContain('"event":"auth.notice.lost"');
    } finally {
      await query(gateway, 'alter table security_notices_away rename to security_notices');
    }
  });
});

describe('a gateway that stops', { timeout: 120_000 }, () => {
  it('keeps its locks across a restart, and has notified the owners', { retry: 2 }, async () => {
    const storage = await freshStorage();
    const before = await startGateway({ environment: storage });
    const [ada, eve] = [await aUser(before), await aUser(before)];
    await guess(ada.username, 5, undefined, before);
    await before.kill();
    // Long enough for the next process to start.
    await query(before, 'update guess_counters set locked_until = locked_until + 3600000');
    const after = await startGateway({ environment: before.environment });
    expect((await login(ada.username, ada.password, undefined, after)).status).toBe(429);

    const release = await holdNotices(after);
    await guess(eve.username, 5, undefined, after);
    const stopped = after.stop();
    await expect.poll(() => after.log()).toContain('"event":"gateway.stopping"');
    await release();
    expect(await stopped).toBe(0);
    const told = await query(
      after,
      `select kind from security_notices where account_id = '${eve.userId}'`,
    );
    expect(told).toEqual([{ kind: 'account_locked' }]);
  });

  /** Blocks the writing of notices until it is released. Only for databases on which other writes can continue. */
  async function holdNotices({ environment }: Gateway): Promise<() => Promise<void>> {
    if (!environment.DATABASE_URL) return () => Promise.resolve();
    const client = new pg.Client({ connectionString: environment.DATABASE_URL });
    await client.connect();
    await client.query('begin');
    await client.query('lock table security_notices in access exclusive mode');
    return async () => {
      await client.query('commit');
      await client.end();
    };
  }
});

describe('the owner’s own phone', () => {
  it('signs in while unknown devices are locked out', async () => {
    const user = await aUser(gateway);
    await guess(user.username, 6);
    expect((await login(user.username, user.password)).status).toBe(429);
    const known = await login(user.username, user.password, { token: user.deviceToken });
    expect(known.status).toBe(200);
    // That does not lift the lock for unknown devices.
    expect((await login(user.username, user.password)).status).toBe(429);
  });

  it('is locked out by its own wrong passwords, without effect on other devices', async () => {
    const user = await aUser(gateway);
    await guess(user.username, 5, { token: user.deviceToken });
    const own = await login(user.username, user.password, { token: user.deviceToken });
    expect(own.status).toBe(429);
    expect((await login(user.username, user.password)).status).toBe(200);
  });

  it('cannot be impersonated with an invented or a foreign token', async () => {
    const [user, other] = [await aUser(gateway), await aUser(gateway)];
    await guess(user.username, 5);
    for (const token of [other.deviceToken, 'x'.repeat(43)]) {
      expect((await login(user.username, user.password, { token })).status).toBe(429);
    }
  });

  it('is an unknown device again once the owner has signed out everywhere', async () => {
    const user = await aUser(gateway);
    await call(gateway, '/api/auth/logout-all', { method: 'POST', token: user.token });
    await guess(user.username, 5);
    const answer = await login(user.username, user.password, { token: user.deviceToken });
    expect(answer.status).toBe(429);
  });
});
