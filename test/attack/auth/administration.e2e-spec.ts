import { randomUUID } from 'node:crypto';
import { aUser, call, type CallOptions, type Tokens, type User } from '../../e2e/client.ts';
import { runCommand } from '../../e2e/command.ts';
import { type Gateway, query, startGateway } from '../../e2e/gateway.ts';
import { operations, sampleOf } from '../openapi-fields.ts';
import { aRoleHolder } from './role-holder.ts';
import { aTotpUser, momentOf } from './second-factor-user.ts';

vi.setConfig({ testTimeout: 120_000 });

interface Listed {
  userId: string;
  username: string;
  role: string;
  lastSeenAt: string | null;
}

interface Holder extends Listed {
  since: string;
  givenBy: string | null;
  reviewedAt: string | null;
  reviewedBy: string | null;
  reviewDueAt: string;
  isReviewDue: boolean;
}

let gateway: Gateway;
let admin: User;
beforeAll(async () => {
  gateway = await startGateway({ environment: { LIMIT_GLOBAL: '5000/15m' } });
  admin = await aRoleHolder(gateway, 'admin');
});

const asAdmin = <Data>(path: string, options: CallOptions = {}) =>
  call<Data>(gateway, `/api/admin/${path}`, { token: admin.token, ...options });
/** What the commands of this file answer with. */
interface CommandData {
  readonly users: readonly Listed[];
  readonly sessions: readonly { readonly sessionId: string }[];
  readonly rows: unknown;
}

const command = async (...words: string[]) => {
  const { code, stdout, stderr } = await runCommand(gateway, ...words, '--json');
  return { code, stderr, data: (stdout === '' ? {} : JSON.parse(stdout)) as CommandData };
};
const usersBy = async (filter: string) =>
  (await asAdmin<{ users: Listed[]; nextCursor: string | null }>(`users?${filter}`)).data;
const holderOf = async (userId: string) =>
  (await asAdmin<{ holders: Holder[] }>('roles?limit=100')).data.holders.find(
    (one) => one.userId === userId,
  );
const statusOf = async ({ token }: Pick<User, 'token'>) =>
  (await call(gateway, '/api/auth/me', { token })).status;
const actionsOn = async (userId: string) =>
  (
    await query(
      gateway,
      `select action, outcome from audit_records where object_id = '${userId}'
       and action like 'user.%' or object_id = '${userId}' and action like 'role.%' order by id`,
    )
  ).map(({ action, outcome }) => `${action as string} ${outcome as string}`);

const ADMIN_OPERATIONS = operations.filter(({ path }) => path.startsWith('/api/admin/'));

describe('every route of administrators', () => {
  const ask = (token: string | undefined, { method, path, body }: (typeof operations)[number]) =>
    call(gateway, path.replaceAll(/\{[^}]+\}/g, randomUUID()), {
      method,
      ...(token && { token }),
      ...(body && { body: sampleOf(body) as object }),
    });

  it('refuses users, auditors except for the audit trail, and callers without a session', async () => {
    expect(ADMIN_OPERATIONS.length).toBeGreaterThan(10);
    const [user, auditor] = [await aTotpUser(gateway), await aRoleHolder(gateway, 'auditor')];
    for (const operation of ADMIN_OPERATIONS) {
      const name = `${operation.method} ${operation.path}`;
      expect([name, (await ask(undefined, operation)).status]).toEqual([name, 401]);
      expect([name, (await ask(user.token, operation)).status]).toEqual([name, 403]);
      const { status } = await ask(auditor.token, operation);
      const isRead =
        operation.method === 'GET' && /^\/api\/admin\/(audit|events)/.test(operation.path);
      expect([name, isRead ? 403 : status]).toEqual([name, 403]);
    }
  });
});

describe('the list of accounts', () => {
  it('is searched, filtered, sorted and paged', async () => {
    const tag = randomUUID().slice(0, 8);
    const names = ['b_b', 'a%a', 'c'].map((name) => `${tag}-${name.replace('%', '.')}`);
    const users: User[] = [];
    for (const username of names) {
      const { data } = await call<Tokens>(gateway, '/api/auth/register', {
        body: { username, password: `a fine password ${tag}` },
      });
      users.push({ ...data, token: data.accessToken, username, password: '' } as User);
    }
    const listed = async (filter: string) =>
      (await usersBy(`search=${tag.toUpperCase()}&${filter}`)).users.map((one) => one.username);
    expect(await listed('')).toEqual(names.toReversed());
    expect(await listed('sort=oldest')).toEqual(names);
    expect(await listed('sort=username')).toEqual(names.toSorted());
    expect((await usersBy(`search=${tag}-b_`)).users).toHaveLength(1);
    expect((await usersBy(`search=${tag}%25`)).users).toEqual([]);
    const paged: string[] = [];
    for (let cursor = ''; ;) {
      const page = await usersBy(`search=${tag}&sort=username&limit=1${cursor}`);
      paged.push(...page.users.map(({ username }) => username));
      if (!page.nextCursor) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(paged).toEqual(names.toSorted());
    await asAdmin(`users/${users[0]!.userId}/disabled`, {
      method: 'PUT',
      body: { isDisabled: true },
    });
    expect(await listed('state=disabled')).toEqual([names[0]]);
    expect(await listed('state=active&role=user')).toEqual([names[2], names[1]]);
    expect((await usersBy(`role=admin&limit=100`)).users.map(({ userId }) => userId)).toContain(
      admin.userId,
    );
    const { data } = await command('users', 'list', '--search', tag, '--sort', 'username');
    expect(data.users.map(({ username }) => username)).toEqual(names.toSorted());
    expect((await usersBy(`username=${names[1]}`)).users[0]!.lastSeenAt).toMatch(/Z$/);
  });
});

describe('the sessions of a user', () => {
  const sessionsOf = async (userId: string) =>
    (await asAdmin<{ sessionId: string }[]>(`users/${userId}/sessions`)).data;

  it('are listed and ended one by one, by the API and by a command', async () => {
    const user = await aUser(gateway);
    const others = await Promise.all(
      [1, 2].map(async () => {
        const { username, password } = user;
        const { data } = await call<Tokens>(gateway, '/api/auth/login', {
          body: { username, password },
        });
        return { token: data.accessToken };
      }),
    );
    const [last, middle, first] = await sessionsOf(user.userId);
    const path = `users/${user.userId}/sessions`;
    expect((await asAdmin(`${path}/${first!.sessionId}`, { method: 'DELETE' })).status).toBe(200);
    expect(await statusOf(user)).toBe(401);
    const again = await asAdmin(`${path}/${first!.sessionId}`, { method: 'DELETE' });
    expect(again.body.error?.code).toBe('session_not_found');

    const { data } = await command('sessions', 'list', user.username);
    expect(data.sessions.map((one) => one.sessionId).toSorted()).toEqual(
      [last!.sessionId, middle!.sessionId].toSorted(),
    );
    expect((await command('sessions', 'revoke', user.username, last!.sessionId)).code).toBe(0);
    expect((await command('sessions', 'revoke-all', user.userId)).code).toBe(0);
    for (const other of others) await expect.poll(() => statusOf(other)).toBe(401);
    expect(await actionsOn(user.userId)).toEqual(
      expect.arrayContaining([
        'user.session_ended succeeded',
        'user.session_ended session_not_found',
        'user.signed_out succeeded',
      ]),
    );
  });

  it('are ended with the account that is named, and with no other', async () => {
    const [user, other] = [await aUser(gateway), await aUser(gateway)];
    const [session] = await sessionsOf(user.userId);
    const wrong = `users/${other.userId}/sessions/${session!.sessionId}`;
    expect((await asAdmin(wrong, { method: 'DELETE' })).body.error?.code).toBe('session_not_found');
    const misused = await command('sessions', 'revoke', other.username, session!.sessionId);
    expect([misused.code, misused.stderr]).toEqual([
      1,
      expect.stringContaining('session_not_found'),
    ]);
    expect(await statusOf(user)).toBe(200);
  });
});

describe('the review of roles', () => {
  it('shows who has which role since when, by which administrator', async () => {
    const user = await aUser(gateway);
    const before = new Date().toISOString();
    await asAdmin(`users/${user.userId}/role`, { method: 'PUT', body: { role: 'auditor' } });
    const holder = (await holderOf(user.userId))!;
    expect(holder).toMatchObject({
      username: user.username,
      role: 'auditor',
      givenBy: admin.userId,
      reviewedAt: null,
      isReviewDue: false,
      lastSeenAt: expect.any(String) as string,
    });
    expect(holder.since >= before).toBe(true);
    // The same role again is no new grant.
    await asAdmin(`users/${user.userId}/role`, { method: 'PUT', body: { role: 'auditor' } });
    expect((await holderOf(user.userId))!.since).toBe(holder.since);
  });

  it('is due after the interval, and then a command says so', async () => {
    const user = await aUser(gateway);
    const setRole = await command('users', 'set-role', user.username, 'auditor');
    expect([setRole.code, setRole.data]).toEqual([0, expect.objectContaining({ role: 'auditor' })]);
    const old = momentOf(gateway, Date.now() - 91 * 86_400_000);
    await query(gateway, `update accounts set role_since = ${old} where id = '${user.userId}'`);
    expect(await holderOf(user.userId)).toMatchObject({ givenBy: null, isReviewDue: true });
    expect((await command('roles', 'list')).code).toBe(1);

    const path = `roles/${user.userId}/review`;
    const review = { method: 'PUT', body: { role: 'auditor', decision: 'confirm' } };
    expect((await asAdmin(path, review)).status).toBe(200);
    expect(await holderOf(user.userId)).toMatchObject({
      isReviewDue: false,
      reviewedBy: admin.userId,
    });
    // Of a role that was given since, nothing has been looked at.
    expect((await command('roles', 'confirm', user.username, 'admin')).stderr).toContain(
      'role_not_held',
    );
    expect((await command('roles', 'withdraw', user.username, 'auditor')).code).toBe(0);
    expect(await holderOf(user.userId)).toBeUndefined();
    expect((await asAdmin(path, review)).body.error?.code).toBe('role_not_held');
    expect(await actionsOn(user.userId)).toEqual(
      expect.arrayContaining([
        'user.role_set.auditor succeeded',
        'role.confirmed succeeded',
        'role.confirmed role_not_held',
        'role.withdrawn succeeded',
      ]),
    );
  });

  it('is not done by the holder of the role', async () => {
    for (const decision of ['confirm', 'withdraw']) {
      const answer = await asAdmin(`roles/${admin.userId.toUpperCase()}/review`, {
        method: 'PUT',
        body: { role: 'admin', decision },
      });
      expect(answer.body.error?.code).toBe('own_account');
    }
  });

  it('forgets an administrator who is erased', async () => {
    const [other, user] = [await aRoleHolder(gateway, 'admin'), await aUser(gateway)];
    await call(gateway, `/api/admin/users/${user.userId}/role`, {
      method: 'PUT',
      token: other.token,
      body: { role: 'auditor' },
    });
    expect((await holderOf(user.userId))?.givenBy).toBe(other.userId);
    await query(gateway, `delete from accounts where id = '${other.userId}'`);
    expect(await holderOf(user.userId)).toMatchObject({ givenBy: null, role: 'auditor' });
  });
});

describe('accounts', () => {
  it('are switched off and on by commands, which are recorded', async () => {
    const user = await aUser(gateway);
    expect((await command('users', 'disable', user.username)).code).toBe(0);
    await expect.poll(() => statusOf(user)).toBe(401);
    expect((await command('users', 'show', user.userId)).data).toMatchObject({ isDisabled: true });
    expect((await command('users', 'enable', user.username)).code).toBe(0);
    const { username, password } = user;
    const login = await call(gateway, '/api/auth/login', { body: { username, password } });
    expect(login.status).toBe(200);
    const unknown = await command('users', 'disable', `x${randomUUID().slice(0, 8)}`);
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('user_not_found')]);
    expect(await actionsOn(user.userId)).toEqual([
      'user.switched_off succeeded',
      'user.switched_on succeeded',
    ]);
  });
});

describe('the audit trail', () => {
  interface Page {
    records: { action: string; outcome: string; occurredAt: string; id: string }[];
    nextCursor: string | null;
  }
  const read = async (filter: string) => (await asAdmin<Page>(`audit?${filter}`)).data;

  it('is filtered by object, outcome and time, and read in either order', async () => {
    const user = await aUser(gateway);
    const path = `users/${user.userId}/disabled`;
    const between: string[] = [];
    for (const isDisabled of [true, false, true]) {
      between.push(new Date().toISOString());
      await asAdmin(path, { method: 'PUT', body: { isDisabled } });
    }
    await asAdmin(`users/${user.userId}/sessions/${randomUUID()}`, { method: 'DELETE' });
    const actions = async (filter: string) =>
      (await read(`objectId=${user.userId}&${filter}`)).records
        .map(({ action }) => action)
        .filter((action) => action.startsWith('user.'));
    const [off, on, ended] = ['user.switched_off', 'user.switched_on', 'user.session_ended'];
    expect(await actions('')).toEqual([ended, off, on, off]);
    expect(await actions('sort=oldest&outcome=succeeded')).toEqual([off, on, off]);
    expect(await actions('outcome=session_not_found')).toEqual([ended]);
    expect(await actions(`since=${between[1]}&until=${between[2]}`)).toEqual([on]);
    const first = await read(`objectId=${user.userId}&sort=oldest&action=${off}&limit=1`);
    const next = await read(
      `objectId=${user.userId}&sort=oldest&action=${off}&limit=1&cursor=${first.nextCursor}`,
    );
    expect(next.records[0]!.id > first.records[0]!.id).toBe(true);
    expect(next.nextCursor).toBeNull();
    for (const wrong of ['since=yesterday', 'until=1969-01-01T00:00:00Z', 'sort=up', 'outcome=X']) {
      expect((await asAdmin(`audit?${wrong}`)).status).toBe(400);
    }
  });
});

describe('the report of usage', () => {
  it('sums tokens and costs up, also of several currencies, by the API and a command', async () => {
    const users = [await aUser(gateway), await aUser(gateway)];
    const rows = [
      [0, '2026-01-01', 'notes', 'USD', 10, 5],
      [0, '2026-01-01', 'notes', 'EUR', 1, 1],
      [0, '2026-01-02', 'tasks', 'USD', 7, 0],
      [1, '2026-01-02', 'notes', '', 100, 0],
      [1, '2026-02-01', 'notes', 'USD', 1_000, 0],
    ] as const;
    for (const [at, day, profile, currency, input, output] of rows) {
      await query(
        gateway,
        `insert into token_usage (account_id, day, profile_id, currency, input_tokens,
           output_tokens, estimated_tokens, cost_nanos)
         values ('${users[at]!.userId}', '${day}', '${profile}', '${currency}', ${input}, ${output}, 0,
           ${currency === '' ? 0 : input * 1_000_000})`,
      );
    }
    const january = 'from=2026-01-01&to=2026-01-31';
    const by = async (group: string, more = '') =>
      (
        await asAdmin<{
          rows: { key: string; inputTokens: number; costs: object[] }[];
          hasMore: boolean;
        }>(`usage?by=${group}&${january}${more}`)
      ).data;
    const keys = (report: Awaited<ReturnType<typeof by>>) =>
      report.rows.map(({ key, inputTokens }) => [key, inputTokens]);
    expect(keys(await by('day'))).toEqual([
      ['2026-01-02', 107],
      ['2026-01-01', 11],
    ]);
    const profiles = await by('profile');
    expect(keys(profiles)).toEqual([
      ['notes', 111],
      ['tasks', 7],
    ]);
    expect(profiles.rows[0]!.costs).toEqual(
      expect.arrayContaining([
        { currency: 'USD', amount: 0.01 },
        { currency: 'EUR', amount: 0.001 },
      ]),
    );
    expect(await by('user', '&limit=1')).toMatchObject({
      rows: [{ key: users[1]!.userId, inputTokens: 100 }],
      hasMore: true,
    });
    expect(keys(await by('day', `&userId=${users[0]!.userId}&profileId=tasks`))).toEqual([
      ['2026-01-02', 7],
    ]);
    const ofOne = await by('profile', `&userId=${users[1]!.userId}`);
    expect(keys(ofOne)).toEqual([['notes', 100]]);
    expect(keys(await by('model'))).toEqual([]);
    const words = ['usage', 'report', '--by', 'profile', '--from', '2026-01-01'];
    words.push('--to', '2026-01-31');
    expect((await command(...words)).data.rows).toEqual(profiles.rows);
    const { data } = await command(...words, '--user-id', users[1]!.userId);
    expect(data.rows).toEqual(ofOne.rows);
    expect((await asAdmin(`usage?by=day&from=2026-13-01`)).status).toBe(400);
  });
});
