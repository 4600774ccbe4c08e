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

  it('waits twice as long after each further failure', async () => {
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

  it('says the same of an account that nobody has', async () => {
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

  it('does not get through by many guesses at once', async () => {
    const user = await aUser(gateway);
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, n) => login(user.username, `wrong guess ${n}`)),
    );
    let tested = answers.filter(({ status }) => status === 401).length;
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(60 - tested);
    // One that is counted and still under way counts twice, so it may take some more.
    while ((await login(user.username, 'a wrong guess')).status === 401) tested += 1;
    expect(tested).toBe(5);
  });

  it('does not get another count by another spelling of the name', async () => {
    const user = await aUser(gateway);
    await guess(user.username.toUpperCase(), 3);
    await guess(user.username, 2);
    expect((await login(user.username, user.password)).status).toBe(429);
  });

  it('ends with a right password, and begins at zero then', async () => {
    const user = await aUser(gateway);
    await guess(user.username, 4);
    expect((await login(user.username, user.password)).status).toBe(200);
    await guess(user.username, 4);
    expect((await login(user.username, user.password)).status).toBe(200);
  });

  it('does not count what could not be tested', async () => {
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

  it('is not helped by an account that is switched off: its right password is a wrong one', async () => {
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

  it('is told once, and it is written into the trail', async () => {
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

  it('is told again when it has gone on for a week', async () => {
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

  it('is told after the answer: it does not depend on there being an owner', async () => {
    const user = await aUser(gateway);
    // If the answer waited for the notice, it could not be given now.
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
  it('knows its locks when it is back, and has told the owners', { retry: 2 }, async () => {
    const storage = await freshStorage();
    const before = await startGateway({ asProcess: true, environment: storage });
    const [ada, eve] = [await aUser(before), await aUser(before)];
    await guess(ada.username, 5, undefined, before);
    await before.kill();
    // However long the next one takes to start.
    await query(before, 'update guess_counters set locked_until = locked_until + 3600000');
    const after = await startGateway({ asProcess: true, environment: before.environment });
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

  /** Lets nobody write a notice until it is released. Only where others can still write something else. */
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
  it('signs in while strangers are locked out', async () => {
    const user = await aUser(gateway);
    await guess(user.username, 6);
    expect((await login(user.username, user.password)).status).toBe(429);
    const known = await login(user.username, user.password, { token: user.deviceToken });
    expect(known.status).toBe(200);
    // And that does not open the door to the strangers again.
    expect((await login(user.username, user.password)).status).toBe(429);
  });

  it('is locked out by wrong passwords of its own, and nobody else is', async () => {
    const user = await aUser(gateway);
    await guess(user.username, 5, { token: user.deviceToken });
    const own = await login(user.username, user.password, { token: user.deviceToken });
    expect(own.status).toBe(429);
    expect((await login(user.username, user.password)).status).toBe(200);
  });

  it('cannot be imitated by an invented or a foreign token', async () => {
    const [user, other] = [await aUser(gateway), await aUser(gateway)];
    await guess(user.username, 5);
    for (const token of [other.deviceToken, 'x'.repeat(43)]) {
      expect((await login(user.username, user.password, { token })).status).toBe(429);
    }
  });

  it('is a stranger again once its owner has signed everything out', async () => {
    const user = await aUser(gateway);
    await call(gateway, '/api/auth/logout-all', { method: 'POST', token: user.token });
    await guess(user.username, 5);
    const answer = await login(user.username, user.password, { token: user.deviceToken });
    expect(answer.status).toBe(429);
  });
});
