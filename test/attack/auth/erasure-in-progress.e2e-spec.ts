import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { v7 } from 'uuid';
import { call } from '../../e2e/client.ts';
import { aSecret, freshStorage, type Gateway, query, startGateway } from '../../e2e/gateway.ts';
import { aHostileProfile, aProfilesDir } from '../../e2e/profiles.ts';
import {
  accountsOf,
  eraseMe,
  everythingOf,
  moment,
  SOON,
  start,
  stopHalfWay,
  tracesOfPerson,
  untilGone,
  untilTraceless,
} from './erasing.ts';
import { aFullUser, aPerson, type Person, withAddress } from './full-user.ts';
import { anAddress, mailsOf, untilMails } from './mailbox.ts';
import { tracesOf } from './traces.ts';

const isScaled = process.env.E2E_DATABASE_URL !== undefined;

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

describe('an erasure whose process is killed', () => {
  it('is completed by the next one', async () => {
    const gateway = await start();
    const user = await aPerson(gateway);
    const rows = 1_000;
    const id = gateway.environment.DATABASE_URL
      ? `gen_random_uuid()`
      : `lower(hex(randomblob(16)))`;
    const at = moment(gateway, Date.now());
    await query(
      gateway,
      `with recursive n (i) as (select 1 union all select i + 1 from n where i < ${rows})
       insert into conversations (id, account_id, profile_id, title, created_at, updated_at)
       select ${id}, '${user.userId}', 'notes', '${user.device}', ${at}, ${at} from n`,
    );
    const left = async () => {
      const [row] = await query(
        gateway,
        `select count(*) as count from conversations where account_id = '${user.userId}'`,
      );
      return Number(row!.count);
    };
    const goOn = await stopHalfWay(gateway, 'conversations', rows / 2);
    await eraseMe(user);
    await expect.poll(left, SOON).toBeLessThan(rows);
    await gateway.kill();
    expect(await left()).toBeGreaterThan(0);
    expect(await accountsOf(gateway, user)).toHaveLength(1);
    await goOn();

    const next = await startGateway({ environment: gateway.environment });
    await untilGone(next, user);
    await untilTraceless(next, tracesOfPerson(user));
    const pseudonyms = await query(next, `select distinct actor_id from audit_records`);
    expect(pseudonyms.filter(({ actor_id }) => actor_id !== null)).toHaveLength(1);
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

describe('an erasure queued behind others that cannot finish', () => {
  it('is completed nevertheless', async () => {
    const gateway = await start();
    const user = await aPerson(gateway);
    const stuck = Array.from(
      { length: 100 },
      (_, n) => `01a20000-0000-7000-8000-${String(n).padStart(12, '0')}`,
    );
    const [past, future] = [-60_000, 3_600_000].map((ms) => moment(gateway, Date.now() + ms));
    const insert = (table: string, row: (id: string) => string) =>
      query(gateway, `insert into ${table} values ${stuck.map((id) => `(${row(id)})`).join(',')}`);
    // Each of them has a running message.
    await insert(
      'accounts (id, username, username_key, role, is_anonymous, created_at, deletion_due_at)',
      (id) => `'${id}', '${id}', '${id}', 'user', false, ${past}, ${past}`,
    );
    await insert(
      'conversations (id, account_id, profile_id, title, created_at, updated_at)',
      (id) => `'${id}', '${id}', 'notes', 'talk', ${past}, ${past}`,
    );
    await insert(
      'runs (id, conversation_id, status, created_at, deadline_at)',
      (id) => `'${id}', '${id}', 'running', ${past}, ${future}`,
    );
    await eraseMe(user);
    await untilGone(gateway, user);
    expect(await query(gateway, 'select id from accounts')).toHaveLength(stuck.length);
  });
});

describe('an erasure of a long conversation', () => {
  it('deletes it in batches, none of which blocks other calls', async () => {
    const gateway = await start();
    const user = await aPerson(gateway);
    const { conversationId } = await user.say('notes', 'the first of many');
    const rows = 5_000;
    const id = gateway.environment.DATABASE_URL
      ? `gen_random_uuid()`
      : `lower(hex(randomblob(16)))`;
    await query(
      gateway,
      `with recursive n (i) as (select 1 union all select i + 1 from n where i < ${rows})
       insert into messages (id, conversation_id, run_id, role, content, created_at)
       select ${id}, '${conversationId}', (select id from runs where conversation_id = '${conversationId}'),
         'user', 'another one', ${moment(gateway, Date.now())} from n`,
    );
    const left = async () => {
      const [row] = await query(gateway, 'select count(*) as count from messages');
      return Number(row!.count);
    };
    const goOn = await stopHalfWay(gateway, 'messages', rows / 2);
    await eraseMe(user);
    // A single statement for all of them would have been rolled back as a whole.
    await expect.poll(left, SOON).toSatisfy((count: number) => count > 0 && count < rows);
    await goOn();
    await untilGone(gateway, user);
    expect(await left()).toBe(0);
  });
});

describe.runIf(isScaled)('an erasure by two instances at the same time', () => {
  it('happens once, with one pseudonym, and does not affect other accounts', async () => {
    const environment = {
      ...(await freshStorage()),
      JWT_SECRET: aSecret(),
      PASSWORD_PEPPER: aSecret(),
    };
    const instances = [await start(environment), await start(environment)] as const;
    const [one, another] = instances;
    const users = [await aFullUser(one), await aFullUser(another), await aFullUser(one)];
    const kept = await aFullUser(another);
    const before = await everythingOf(kept);
    await Promise.all(users.map(eraseMe));
    for (const user of users) {
      await untilGone(one, user);
      await untilTraceless(one, user);
    }
    const pseudonyms = await query(
      one,
      `select distinct actor_id from audit_records where action = 'account.deletion_requested'`,
    );
    expect(pseudonyms).toHaveLength(users.length);
    expect(await everythingOf(kept)).toEqual(before);
    const failed = instances
      .flatMap((instance) => instance.log().split('\n'))
      .filter((line) => line.includes('privacy.erasure.failed'))
      // Redis may answer too late on a busy machine; the erasure is retried.
      .filter((line) => !line.includes('Command timed out'));
    expect(failed).toEqual([]);
  });
});

describe.runIf(isScaled)('instances with separate disks', () => {
  const twoInstances = async () => {
    const shared = {
      ...(await freshStorage()),
      JWT_SECRET: aSecret(),
      PASSWORD_PEPPER: aSecret(),
    };
    const { DATA_DIR } = await freshStorage();
    return [await start(shared), await start({ ...shared, DATA_DIR: DATA_DIR! })] as const;
  };
  /** Makes the instance store local data of the account: a file, a connection, a mail. */
  const leaveSomething = async (instance: Gateway, { token }: Person) => {
    const [entity, email] = [`entity-${randomUUID()}`, anAddress()];
    const message = `/create_entities {"entities":[{"name":"${entity}","entityType":"x","observations":[]}]}`;
    await call(instance, '/api/auth/email', { method: 'PUT', token, body: { email } });
    await untilMails(instance, email, 1);
    const told = await call(instance, '/api/chat', {
      token,
      body: { message, profile_id: 'memory' },
    });
    expect(told.status).toBe(200);
    expect((await tracesOf(instance, [entity])).join()).toContain('memory.jsonl');
    return [entity, email];
  };

  it('each erase their local data, even just after a message was answered', async () => {
    const [one, another] = await twoInstances();
    const users = [await aPerson(one), await aPerson(one), await aPerson(one)];
    const left = await Promise.all(users.map((user) => leaveSomething(another, user)));
    await Promise.all(users.map(eraseMe));
    for (const user of users) await untilGone(one, user);
    for (const [index, user] of users.entries()) {
      const traces = [...tracesOfPerson(user).traces, ...left[index]!];
      await untilTraceless(one, { traces });
      await untilTraceless(another, { traces });
    }
  });

  it('erase it at their next start if they were stopped', async () => {
    const [one, another] = await twoInstances();
    const [user, other] = [await aPerson(one), await aPerson(one)];
    const left = await leaveSomething(another, user);
    const kept = await leaveSomething(another, other);
    await another.stop();
    await eraseMe(user);
    await untilGone(one, user);
    expect((await tracesOf(another, left)).length).toBeGreaterThan(1);
    const back = await startGateway({ environment: another.environment });
    await untilTraceless(back, { traces: [...tracesOfPerson(user).traces, ...left] });
    expect((await tracesOf(back, kept)).length).toBeGreaterThan(2);
  });
});
