import { mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { v7 } from 'uuid';
import { call } from '../../e2e/client.ts';
import { query, startGateway } from '../../e2e/gateway.ts';
import { aHostileProfile, aProfilesDir } from '../../e2e/profiles.ts';
import {
  accountsOf,
  eraseMe,
  moment,
  SOON,
  start,
  tracesOfPerson,
  untilGone,
  untilTraceless,
} from './erasing.ts';
import { aFullUser, aPerson, withAddress } from './full-user.ts';
import { mailsOf } from './mailbox.ts';

// An erasure takes several seconds, and so does the creation of an account with data of every kind.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

describe('an erasure during a running message', () => {
  it('waits for the end of its run', async () => {
    const profiles = aProfilesDir({
      'slow.json': { ...aHostileProfile('hangs-on-call', 9), id: 'slow' },
    });
    const gateway = await start({ PROFILES_DIR: profiles });
    const user = await aPerson(gateway);
    const answer = user.call('/api/chat', {
      token: user.token,
      body: { message: 'are you there?', profile_id: 'slow' },
    });
    const isRunning = async () =>
      (await query(gateway, `select id from runs where finished_at is null`)).length > 0;
    await expect.poll(isRunning).toBe(true);
    await eraseMe(user);
    while (await isRunning()) {
      expect(await accountsOf(gateway, user)).toHaveLength(1);
      await new Promise((done) => void setTimeout(done, 200));
    }
    expect((await answer).body.error?.code).toBe('assistant_timeout');
    await untilGone(gateway, user);
    await untilTraceless(gateway, tracesOfPerson(user));
  });
});

describe('an erasure with the settle time of production', () => {
  it('deletes nothing before that time', async () => {
    const gateway = await start({ ERASURE_SETTLE: '11s' });
    const user = await aPerson(gateway);
    await eraseMe(user);
    const begunAt = async () => {
      const [row] = await query(gateway, 'select begun_at from erasures');
      return row && new Date(row.begun_at as number | Date).getTime();
    };
    await expect.poll(begunAt, SOON).toEqual(expect.any(Number));
    const begun = (await begunAt())!;
    await untilGone(gateway, user);
    expect(Date.now() - begun).toBeGreaterThanOrEqual(11_000);
  });
});

describe('an erasure during sign-in attempts from unknown devices', () => {
  // The number of guesses in this time depends on the machine; with the higher limit, all or some of them are tested.
  it.each(['3', '100'])(
    'leaves no trace of the attempted username (LOCKOUT_AFTER=%s)',
    async (after) => {
      const gateway = await start({ LIMIT_LOGIN: '1000000/3s', LOCKOUT_AFTER: after });
      const { user, email } = await withAddress(gateway, await aFullUser(gateway));
      const { username, password, registered } = user;
      const ask = (path: string, body: object) => call(gateway, path, { body });
      const logIn = (credentials: object) => ask('/api/auth/login', { username, ...credentials });
      const nag = () =>
        Promise.all([
          logIn({ password }),
          logIn({ password: 'a wrong one' }),
          logIn({ password: 'a wrong one', device: { token: registered.deviceToken } }),
          ask('/api/auth/password/forgot', { email }),
          ask('/api/auth/refresh', { refreshToken: user.refreshToken }),
          ask('/api/auth/refresh', { refreshToken: registered.refreshToken }),
        ]);
      await eraseMe(user);
      const heard = new Set<string>();
      while ((await accountsOf(gateway, user)).length > 0) {
        for (const { status, body } of await nag()) heard.add(body.error?.code ?? String(status));
      }
      await nag();
      const expected = ['200', 'invalid_credentials', 'invalid_refresh_token', 'too_many_attempts'];
      expect(expected).toEqual(expect.arrayContaining([...heard]));
      expect([...heard]).toEqual(
        expect.arrayContaining(after === '3' ? expected : expected.slice(0, 3)),
      );
      await untilTraceless(gateway, user);
      expect(mailsOf(gateway, email)).toEqual([]);
    },
  );

  it('does not notify the owner of a lock after the deletion date', async () => {
    const gateway = await start({ ERASURE_SETTLE: '5m', LOCKOUT_AFTER: '3' });
    const user = await aPerson(gateway);
    await eraseMe(user);
    const guess = { username: user.username, password: 'a wrong one' };
    const answers = [];
    for (let n = 0; n < 5; n += 1) {
      answers.push(await call(gateway, '/api/auth/login', { body: guess }));
    }
    expect(answers.map(({ body }) => body.error?.code)).toContain('too_many_attempts');
    // The notice is sent after the response; a process that ends waits for it.
    await gateway.stop();
    const told = await query(
      gateway,
      `select * from audit_records where outcome = 'account_locked'`,
    );
    expect(told).toEqual([]);
  });

  it('deletes at the next start the rows that a late call has written', async () => {
    const gateway = await start();
    const [user, other] = [await aPerson(gateway), await aPerson(gateway)];
    await eraseMe(user);
    await untilGone(gateway, user);
    await untilTraceless(gateway, tracesOfPerson(user));
    await query(
      gateway,
      `insert into audit_records (id, occurred_at, action, object_type, object_id, outcome, ip, request_id)
       select '${v7()}', ${moment(gateway, Date.now())}, 'session.opened', 'account', '${user.userId}',
         'invalid_credentials', '${user.network}7', 'late'`,
    );
    const folder = join(gateway.environment.DATA_DIR!, 'users', user.userId);
    mkdirSync(folder, { recursive: true });
    await other.say('memory', '/read_graph');
    await gateway.stop();
    const next = await startGateway({ environment: gateway.environment });
    await untilTraceless(next, { traces: [user.userId, user.network] });
    expect(readdirSync(dirname(folder))).toEqual([other.userId]);
    await expect.poll(() => next.log()).toContain('privacy.leftovers.erased');
  });
});
