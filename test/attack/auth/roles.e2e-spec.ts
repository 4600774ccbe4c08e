import { randomUUID } from 'node:crypto';
import { aUser, call, lastLetThrough, say, type Tokens, type User } from '../../e2e/client.ts';
import { runCommand } from '../../e2e/command.ts';
import { isSecret } from '../../e2e/evidence.ts';
import { freshStorage, type Gateway, query, startGateway } from '../../e2e/gateway.ts';
import { aUserWithEmail, untilMails } from './mailbox.ts';
import { aRoleHolder } from './role-holder.ts';
import {
  aTotpUser,
  challengeOf,
  complete,
  confirm,
  enrol,
  forgetProofs,
  forgetUsedCodes,
  noticesOf,
  stepUp,
} from './second-factor-user.ts';
import { codeOf } from './totp-code.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});

const ADMIN_CALLS = [
  ['GET', '/api/admin/users'],
  ['GET', '/api/admin/users/:id'],
  ['PUT', '/api/admin/users/:id/role'],
  ['PUT', '/api/admin/users/:id/disabled'],
  ['DELETE', '/api/admin/users/:id/sessions'],
  ['GET', '/api/admin/audit'],
] as const;
const BODIES: Record<string, object> = {
  '/api/admin/users/:id/role': { role: 'user' },
  '/api/admin/users/:id/disabled': { isDisabled: false },
};

const ask = (user: Pick<User, 'token'>, method: string, path: string, id: string = randomUUID()) =>
  call(gateway, path.replace(':id', id), {
    method,
    token: user.token,
    ...(BODIES[path] ? { body: BODIES[path] } : {}),
  });
const setRole = (admin: Pick<User, 'token'>, id: string, role: string) =>
  call(gateway, `/api/admin/users/${id}/role`, {
    method: 'PUT',
    token: admin.token,
    body: { role },
  });
const setDisabled = (admin: Pick<User, 'token'>, id: string, isDisabled: boolean) =>
  call(gateway, `/api/admin/users/${id}/disabled`, {
    method: 'PUT',
    token: admin.token,
    body: { isDisabled },
  });
const statusOf = async ({ token }: Pick<User, 'token'>) =>
  (await call(gateway, '/api/auth/me', { token })).status;
const logIn = ({ username, password }: User) =>
  call<Tokens>(gateway, '/api/auth/login', { body: { username, password } });

/** The audit records of an actor, latest first. */
async function recordsOf({ token }: Pick<User, 'token'>, actorId: string) {
  const path = `/api/admin/audit?actorId=${actorId}`;
  const { data } = await call<{ records: Record<string, string>[] }>(gateway, path, { token });
  return data.records.map(({ action, objectId, outcome }) => [action, objectId, outcome]);
}

const someoneWithRole = (role: string) => aRoleHolder(gateway, role);

describe('the first administrator', { timeout: 180_000 }, () => {
  it('is created by a command: a new deployment has no account at all', async () => {
    const storage = await freshStorage();
    const fresh = await startGateway({ environment: storage });
    expect(await query(fresh, 'select id from accounts')).toEqual([]);
    const password = `a password ${randomUUID()}`;
    isSecret(password);
    const result = await runCommand(
      { ...fresh, input: `${password}\n` },
      'admin',
      'create',
      '--username',
      'Root.Ada',
    );
    expect([result.code, result.stderr.includes(password)]).toEqual([0, false]);
    const login = await call<Tokens>(fresh, '/api/auth/login', {
      body: { username: 'root.ada', password },
    });
    const token = login.data.accessToken;
    expect((await call(fresh, '/api/auth/me', { token })).data.role).toBe('admin');

    const early = await call(fresh, '/api/admin/users', { token });
    expect(early.body.error?.code).toBe('second_factor_setup_required');
    const { secret } = (await enrol(fresh, { token })).data;
    const { tokens } = (await confirm(fresh, { token }, codeOf(secret))).data;
    const users = await call(fresh, '/api/admin/users', { token: tokens.accessToken });
    expect(users.status).toBe(200);
    const rows = await query(
      fresh,
      `select actor_id, outcome from audit_records where action = 'admin.created'`,
    );
    expect(rows).toEqual([{ actor_id: null, outcome: 'succeeded' }]);
  });

  it.each([
    ['a weak password', 'password123\n', ['--username', 'weak.admin'], /most common/],
    ['no password', '', ['--username', 'no.password'], /at least 8/],
    ['no username', 'a fine long password\n', [], /--username/],
    ['an extra argument', 'x\n', ['--username', 'x.y.z', 'secret'], /^Usage/],
  ])('is not created with %s, and one line says why', async (_, input, words, reason) => {
    const result = await runCommand({ ...gateway, input }, 'admin', 'create', ...words);
    expect(result.code).not.toBe(0);
    const said = result.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
    expect(said).toEqual([expect.stringMatching(reason)]);
  });

  it('cannot have a taken username', async () => {
    const user = await aUser(gateway);
    const input = 'a fine long password\n';
    const words = ['admin', 'create', '--username', user.username.toUpperCase()];
    const result = await runCommand({ ...gateway, input }, ...words);
    expect([result.code, result.stderr]).toEqual([1, expect.stringContaining('taken')]);
    expect((await call(gateway, '/api/auth/me', { token: user.token })).data.role).toBe('user');
  });
});

describe('a command of an operator', { timeout: 180_000 }, () => {
  it('changes nothing if it cannot write the audit record', async () => {
    const username = `unrecorded-${randomUUID().slice(0, 8)}`;
    const input = 'a fine long password\n';
    await query(gateway, 'alter table audit_records rename to audit_records_away');
    const codes: unknown[] = [];
    try {
      const create = ['admin', 'create', '--username', username];
      codes.push((await runCommand({ ...gateway, input }, ...create)).code);
      codes.push((await runCommand(gateway, 'keys', 'rotate')).code);
    } finally {
      await query(gateway, 'alter table audit_records_away rename to audit_records');
    }
    expect(codes).toEqual([1, 1]);
    const account = `select id from accounts where username_key = '${username}'`;
    expect(await query(gateway, account)).toEqual([]);
    expect(await query(gateway, 'select kid from signing_keys')).toEqual([]);
  });

  it('removes the second factors of an owner who has lost them, and notifies the owner', async () => {
    const user = await aUserWithEmail(gateway);
    const { secret } = (await enrol(gateway, user)).data;
    await confirm(gateway, user, codeOf(secret));
    await forgetUsedCodes(gateway, user);
    await query(
      gateway,
      `insert into passkeys (id, credential_id, account_id, public_key, counter, transports, name, backed_up, created_at)
       select '${randomUUID()}', '${randomUUID()}', id, 'x', 0, '', 'Phone', ${gateway.environment.DATABASE_URL ? 'false' : '0'}, created_at
       from accounts where id = '${user.userId}'`,
    );
    const challenge = await challengeOf(gateway, user);
    const before = (await untilMails(gateway, user.email, 2)).length;
    const words = ['users', 'remove-second-factor', '--username', user.username.toUpperCase()];
    const result = await runCommand(gateway, ...words);
    expect([result.code, result.stdout]).toEqual([0, expect.stringContaining('no second factor')]);

    await expect.poll(() => statusOf(user)).toBe(401);
    const late = await complete(gateway, { challenge, code: codeOf(secret) });
    expect([late.status, late.body.error?.code]).toEqual([401, 'invalid_challenge']);
    const { data } = await logIn(user);
    const state = await call(gateway, '/api/auth/2fa', { token: data.accessToken });
    expect(state.data).toMatchObject({ isOn: false, totp: false, passkeys: 0 });
    const codes = `select 1 from recovery_codes where account_id = '${user.userId}'`;
    expect(await query(gateway, codes)).toEqual([]);
    expect(await noticesOf(gateway, { token: data.accessToken })).toContain(
      'second_factor_removed',
    );
    const mail = (await untilMails(gateway, user.email, before + 1)).find(({ text }) =>
      text.startsWith('The operator has removed the second factor'),
    );
    expect(mail).toBeDefined();
    const records = await query(
      gateway,
      `select actor_id, outcome, ip from audit_records
       where object_id = '${user.userId}' and action = 'user.second_factor_removed'`,
    );
    expect(records).toEqual([{ actor_id: null, outcome: 'succeeded', ip: 'cli' }]);
  });

  it('fails for an unknown user or one without a second factor, and ends no session', async () => {
    const user = await aUser(gateway);
    const marked = { username: `हिन्दी.${randomUUID().slice(0, 8)}`, password: user.password };
    expect((await call(gateway, '/api/auth/register', { body: marked })).status).toBe(201);
    for (const [username, reason] of [
      ['nobody.at.all', 'no such user'],
      [user.username, 'no second factor'],
      // A pasted username in a script with combining marks.
      [`\ufeff${marked.username.toUpperCase()} \u200b`, 'no second factor'],
    ] as const) {
      const words = ['users', 'remove-second-factor', '--username', username];
      const result = await runCommand(gateway, ...words);
      expect([result.code, result.stderr]).toEqual([1, expect.stringContaining(reason)]);
    }
    expect(await statusOf(user)).toBe(200);
  });
});

describe('the calls of administrators', () => {
  it.each(ADMIN_CALLS)(
    'are refused to users and to unauthenticated callers: %s %s',
    async (method, path) => {
      const user = await aTotpUser(gateway);
      const refused = await ask(user, method, path, user.userId);
      expect([refused.status, refused.body.error?.code]).toEqual([403, 'forbidden']);
      const stranger = await call(gateway, path.replace(':id', user.userId), { method });
      expect(stranger.status).toBe(401);
    },
  );

  it('are refused to auditors, except the audit trail', async () => {
    const auditor = await someoneWithRole('auditor');
    for (const [method, path] of ADMIN_CALLS) {
      const { status } = await ask(auditor, method, path);
      expect([path, status]).toEqual([path, path === '/api/admin/audit' ? 200 : 403]);
    }
  });

  it('require a recent second factor in addition to the role', async () => {
    const admin = await someoneWithRole('admin');
    await forgetProofs(gateway, admin);
    const refused = await ask(admin, 'GET', '/api/admin/users');
    expect([refused.status, refused.body.error?.code]).toEqual([403, 'step_up_required']);
    const proved = await stepUp(gateway, admin, { code: codeOf(admin.secret) });
    const token = proved.data.accessToken;
    expect((await ask({ token }, 'GET', '/api/admin/users')).status).toBe(200);
  });

  it('refuse unknown roles and other fields', async () => {
    const [admin, user] = [await someoneWithRole('admin'), await aUser(gateway)];
    expect((await setRole(admin, user.userId, 'root')).status).toBe(400);
    const answer = await call(gateway, `/api/admin/users/${user.userId}/role`, {
      method: 'PUT',
      token: admin.token,
      body: { role: 'user', passwordHash: 'x' },
    });
    expect(answer.status).toBe(400);
  });

  it('return neither credentials nor user content', async () => {
    const [admin, user] = [await someoneWithRole('admin'), await aUser(gateway)];
    await say(gateway, user, 'notes', '/add_note title=Diary text="only mine"');
    const page = await call<{ users: object[] }>(
      gateway,
      `/api/admin/users?username=${user.username}`,
      { token: admin.token },
    );
    expect(page.data.users).toHaveLength(1);
    expect(page.text).not.toMatch(/only mine|hash|\$2b|secret/i);
  });

  it.each([
    ['revoke each other’s role', (by: User, of: User) => setRole(by, of.userId, 'user')],
    ['disable each other', (by: User, of: User) => setDisabled(by, of.userId, true)],
  ])('leave one administrator if two %s at the same time', async (_, act) => {
    const [one, other] = [await someoneWithRole('admin'), await someoneWithRole('admin')];
    const answers = await Promise.all([act(one, other), act(other, one)]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const left = await query(
      gateway,
      `select id from accounts where id in ('${one.userId}', '${other.userId}')
       and role = 'admin' and disabled_at is null`,
    );
    expect(left).toHaveLength(1);
  });

  it('are in the audit trail, each with its actor and object', async () => {
    const [admin, user] = [await someoneWithRole('admin'), await aUser(gateway)];
    await setRole(admin, user.userId, 'auditor');
    await setDisabled(admin, user.userId, true);
    await setDisabled(admin, user.userId, false);
    await setRole(admin, admin.userId, 'user');
    await setRole(admin, user.userId, 'root');
    expect((await recordsOf(admin, admin.userId)).slice(0, 5)).toEqual([
      ['user.role_set', user.userId, 'invalid_input'],
      ['user.role_set.user', admin.userId, 'own_account'],
      ['user.switched_on', user.userId, 'succeeded'],
      ['user.switched_off', user.userId, 'succeeded'],
      ['user.role_set.auditor', user.userId, 'succeeded'],
    ]);
  });

  it('are in the audit trail and in the log also if they are refused', async () => {
    const [reader, admin, user] = [
      await someoneWithRole('auditor'),
      await someoneWithRole('admin'),
      await aTotpUser(gateway),
    ];
    await setRole(user, user.userId, 'admin');
    await forgetProofs(gateway, admin);
    await setDisabled(admin, user.userId, true);
    expect(await recordsOf(reader, user.userId)).toContainEqual([
      'user.role_set.admin',
      user.userId,
      'forbidden',
    ]);
    expect((await recordsOf(reader, admin.userId))[0]).toEqual([
      'user.switched_off',
      user.userId,
      'step_up_required',
    ]);
    const lines = () =>
      gateway
        .log()
        .split('\n')
        .filter((line) => line.includes('auth.forbidden'));
    for (const [who, code] of [
      [user, 'forbidden'],
      [admin, 'step_up_required'],
    ] as const) {
      const isLogged = () =>
        lines().some((line) => line.includes(who.userId) && line.includes(code));
      await expect.poll(isLogged).toBe(true);
    }
  });

  it('do not fail if a notice cannot be stored, and are recorded in the audit trail', async () => {
    const [admin, user] = [await someoneWithRole('admin'), await aUser(gateway)];
    await query(gateway, 'alter table security_notices rename to security_notices_away');
    let status: number;
    try {
      status = (await setRole(admin, user.userId, 'auditor')).status;
    } finally {
      await query(gateway, 'alter table security_notices_away rename to security_notices');
    }
    expect(status).toBe(200);
    expect((await recordsOf(admin, admin.userId))[0]).toEqual([
      'user.role_set.auditor',
      user.userId,
      'succeeded',
    ]);
    await expect.poll(() => gateway.log()).toContain('auth.notice.lost');
  });
});

describe('a role', () => {
  it('cannot be raised by the account itself through any call', async () => {
    const user = await aTotpUser(gateway);
    const tries = [
      setRole(user, user.userId, 'admin'),
      call(gateway, '/api/auth/register', {
        body: { username: `r-${randomUUID()}`, password: 'a fine long password', role: 'admin' },
      }),
      call(gateway, '/api/auth/login', {
        body: { username: user.username, password: user.password, role: 'admin' },
      }),
      call(gateway, '/api/auth/me', { method: 'PUT', token: user.token, body: { role: 'admin' } }),
    ];
    for (const answer of await Promise.all(tries)) expect(answer.status).toBeGreaterThan(399);
    expect((await call(gateway, '/api/auth/me', { token: user.token })).data.role).toBe('user');
  });

  it('cannot be changed by an administrator who writes their own id differently', async () => {
    const admin = await someoneWithRole('admin');
    const mixed = admin.userId.replaceAll(/[a-f]/g, (letter, at: number) =>
      at % 2 ? letter.toUpperCase() : letter,
    );
    for (const id of [admin.userId.toUpperCase(), mixed]) {
      for (const answer of [
        await setRole(admin, id, 'user'),
        await setDisabled(admin, id, true),
        await setDisabled(admin, id, false),
      ]) {
        expect([answer.status, answer.body.error?.code]).toEqual([403, 'own_account']);
      }
    }
    const held = await call(gateway, '/api/me', { method: 'DELETE', token: admin.token });
    expect([held.status, held.body.error?.code]).toEqual([409, 'role_held']);
    expect((await recordsOf(admin, admin.userId.toUpperCase())).slice(1, 3)).toEqual([
      ['user.switched_on', admin.userId, 'own_account'],
      ['user.switched_off', admin.userId, 'own_account'],
    ]);
  });

  it('is recorded with the canonical id of the requested account, or with none', async () => {
    const [admin, user] = [await someoneWithRole('admin'), await aUser(gateway)];
    await setRole(admin, user.userId.toUpperCase(), 'auditor');
    await setRole(user, user.userId.toUpperCase(), 'admin');
    await setRole(admin, user.username, 'admin');
    expect((await recordsOf(admin, admin.userId)).slice(0, 2)).toEqual([
      ['user.role_set.admin', null, 'invalid_input'],
      ['user.role_set.auditor', user.userId, 'succeeded'],
    ]);
    // A guard refused it before the body was parsed.
    expect((await recordsOf(admin, user.userId))[0]).toEqual([
      'user.role_set.admin',
      user.userId,
      'forbidden',
    ]);
  });

  it('cannot be changed by an administrator on their own account', async () => {
    const admin = await someoneWithRole('admin');
    for (const role of ['user', 'admin', 'auditor']) {
      const answer = await setRole(admin, admin.userId, role);
      expect([answer.status, answer.body.error?.code]).toEqual([403, 'own_account']);
    }
    expect((await setDisabled(admin, admin.userId, true)).status).toBe(403);
    // Ending one's own sessions is allowed.
    const path = `/api/admin/users/${admin.userId}/sessions`;
    expect((await call(gateway, path, { method: 'DELETE', token: admin.token })).status).toBe(200);
  });

  it('that is revoked loses effect within a second', { retry: 2 }, async () => {
    const [admin, other] = [await someoneWithRole('admin'), await someoneWithRole('admin')];
    expect((await ask(other, 'GET', '/api/admin/users')).status).toBe(200);
    expect((await setRole(admin, other.userId, 'user')).status).toBe(200);
    const isObeyed = async () => (await ask(other, 'GET', '/api/admin/users')).status === 200;
    expect(await lastLetThrough(isObeyed)).toBeLessThanOrEqual(1_000);
    expect((await ask(other, 'GET', '/api/admin/users')).status).toBe(403);
  });
});

describe('an account with a role', () => {
  const eraseMe = (user: Pick<User, 'token'>) =>
    call(gateway, '/api/me', { method: 'DELETE', token: user.token });
  const dueOf = async ({ userId }: { userId: string }) =>
    (await query(gateway, `select deletion_due_at from accounts where id = '${userId}'`))[0]!
      .deletion_due_at;

  it.each(['admin', 'auditor'])('cannot erase its own records: %s', async (role) => {
    const holder = await someoneWithRole(role);
    const refused = await eraseMe(holder);
    expect([refused.status, refused.body.error?.code]).toEqual([409, 'role_held']);
    expect(await dueOf(holder)).toBeNull();
    expect(await statusOf(holder)).toBe(200);
  });

  it('can be erased once another administrator has revoked the role', async () => {
    const [admin, other] = [await someoneWithRole('admin'), await someoneWithRole('admin')];
    expect((await setRole(other, admin.userId, 'user')).status).toBe(200);
    await expect.poll(async () => (await eraseMe(admin)).status).toBe(200);
    expect(await dueOf(admin)).not.toBeNull();
  });
});

describe('an account with a pending deletion', () => {
  const eraseMe = async (user: Pick<User, 'token'>) =>
    (await call(gateway, '/api/me', { method: 'DELETE', token: user.token })).status;
  const rowOf = async ({ userId }: { userId: string }) =>
    (await query(gateway, `select role, deletion_due_at from accounts where id = '${userId}'`))[0]!;

  it.each(['admin', 'auditor'])('cannot get a role until it is restored: %s', async (role) => {
    const [admin, user] = [await someoneWithRole('admin'), await aUser(gateway)];
    expect(await eraseMe(user)).toBe(200);
    const refused = await setRole(admin, user.userId, role);
    expect([refused.status, refused.body.error?.code]).toEqual([409, 'erasure_requested']);
    expect(await rowOf(user)).toMatchObject({ role: 'user', deletion_due_at: expect.anything() });
    // Setting the role `user` again does not cancel the deletion.
    expect((await setRole(admin, user.userId, 'user')).status).toBe(200);
    expect((await rowOf(user)).deletion_due_at).not.toBeNull();
    const { data } = await logIn(user);
    await call(gateway, '/api/me/restore', { method: 'POST', token: data.accessToken });
    expect((await setRole(admin, user.userId, role)).status).toBe(200);
  });

  it('either gets a role or is deleted, if both are requested at the same time', async () => {
    const admin = await someoneWithRole('admin');
    const users = await Promise.all(Array.from({ length: 12 }, () => aUser(gateway)));
    await Promise.all(
      users.flatMap((user) => [setRole(admin, user.userId, 'auditor'), eraseMe(user)]),
    );
    for (const user of users) {
      const { role, deletion_due_at: due } = await rowOf(user);
      expect([role, due === null]).toEqual(due === null ? ['auditor', true] : ['user', false]);
    }
  });

  it('is not erased while it has a role, however it got it', async () => {
    const holder = await someoneWithRole('auditor');
    const past = gateway.environment.DATABASE_URL ? `'2020-01-01'` : '1';
    await query(
      gateway,
      `update accounts set deletion_due_at = ${past} where id = '${holder.userId}'`,
    );
    const gone = await aUser(gateway);
    await query(
      gateway,
      `update accounts set deletion_due_at = ${past} where id = '${gone.userId}'`,
    );
    await expect
      .poll(() => query(gateway, `select id from accounts where id = '${gone.userId}'`), {
        timeout: 60_000,
        interval: 250,
      })
      .toEqual([]);
    expect(await statusOf(holder)).toBe(200);
    const admin = await someoneWithRole('admin');
    expect((await setRole(admin, holder.userId, 'user')).status).toBe(200);
    expect(await rowOf(holder)).toEqual({ role: 'user', deletion_due_at: null });
  }, 90_000);
});

describe('an administrator', () => {
  it('ends all sessions of a disabled account, which cannot sign in', async () => {
    const [admin, user] = [await someoneWithRole('admin'), await aUser(gateway)];
    const { data: second } = await logIn(user);
    expect((await setDisabled(admin, user.userId, true)).status).toBe(200);
    expect(await statusOf(user)).toBe(401);
    expect(await statusOf({ token: second.accessToken })).toBe(401);
    const login = await logIn(user);
    expect([login.status, login.body.error?.code]).toEqual([401, 'invalid_credentials']);
    expect((await setDisabled(admin, user.userId, false)).status).toBe(200);
    expect((await logIn(user)).status).toBe(200);
  });

  it('ends all sessions of a user', async () => {
    const [admin, user] = [await someoneWithRole('admin'), await aUser(gateway)];
    const answer = await call(gateway, `/api/admin/users/${user.userId}/sessions`, {
      method: 'DELETE',
      token: admin.token,
    });
    expect(answer.status).toBe(200);
    expect(await statusOf(user)).toBe(401);
  });
});

describe('where a second factor is required', () => {
  it('an account can use only its own routes until it has set one up', async () => {
    const strict = await startGateway({
      environment: { SECOND_FACTOR: 'required' },
    });
    const user = await aUser(strict);
    const early = await say(strict, user, 'notes', '/list_notes');
    expect([early.status, early.body.error?.code]).toEqual([403, 'second_factor_setup_required']);
    expect((await call(strict, '/api/profiles', { token: user.token })).status).toBe(403);
    const { secret } = (await enrol(strict, user)).data;
    const { tokens } = (await confirm(strict, user, codeOf(secret))).data;
    const owner = { token: tokens.accessToken };
    expect((await say(strict, owner, 'notes', '/list_notes')).status).toBe(200);
    // The same holds after its removal.
    const removal = { method: 'DELETE', token: owner.token };
    expect((await call(strict, '/api/auth/2fa/totp', removal)).status).toBe(200);
    await expect
      .poll(async () => (await say(strict, owner, 'notes', '/list_notes')).body.error?.code)
      .toBe('second_factor_setup_required');
  });
});
