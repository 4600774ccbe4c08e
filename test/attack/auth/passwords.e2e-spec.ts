import bcrypt from 'bcrypt';
import { aUser, call, type Tokens, type User } from '../../e2e/client.ts';
import { type Gateway, query, startGateway } from '../../e2e/gateway.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({
    environment: { PASSWORD_CONTEXT_WORDS: 'Analytica, Difference Engine' },
  });
});

let names = 0;
const register = (password: string, on: Gateway = gateway, username = `pw-${(names += 1)}`) =>
  call<Tokens>(on, '/api/auth/register', { body: { username, password } });
const login = (user: User, password = user.password, on: Gateway = gateway) =>
  call<Tokens>(on, '/api/auth/login', { body: { username: user.username, password } });
const change = (user: User, currentPassword: string, newPassword: string) =>
  call<Tokens>(gateway, '/api/auth/password', {
    method: 'PUT',
    token: user.token,
    body: { currentPassword, newPassword },
  });
const statusOf = async (token: string) => (await call(gateway, '/api/auth/me', { token })).status;
const reasonOf = ({ body }: Awaited<ReturnType<typeof register>>) =>
  body.error?.details?.[0]?.message;

describe('a password that is easy to guess is refused, and the response says why', () => {
  it.each([
    ['password123', /most common/],
    ['qwertyuiop', /most common/],
    ['xyzxyzxyz', /easy to guess/],
    ['aaaaaaaaaaaa', /easy to guess/],
    ['analytica1', /your name or the name of this service/],
    ['MCP-Gateway', /your name or the name of this service/],
    ['p@ssw0rd', /most common|easy to guess/],
  ])('%s', async (password, reason) => {
    const answer = await register(password);
    expect([answer.status, answer.body.error?.code]).toEqual([400, 'weak_password']);
    expect(reasonOf(answer)).toMatch(reason);
    expect(answer.text).not.toContain(password);
  });

  it('so is one built from the username', async () => {
    const answer = await register('ada.lovelace1', gateway, 'Ada.Lovelace');
    expect(reasonOf(answer)).toMatch(/your name/);
  });

  it('so is one built from the mail address, at a registration or an upgrade', async () => {
    const body = { password: 'Countess2026!', email: 'countess@example.org' };
    const registered = await call<Tokens>(gateway, '/api/auth/register', {
      body: { ...body, username: 'augusta' },
    });
    expect(reasonOf(registered)).toMatch(/your name/);
    const { data } = await call<Tokens>(gateway, '/api/auth/device', { body: {} });
    const upgraded = await call<Tokens>(gateway, '/api/auth/upgrade', {
      token: data.accessToken,
      body: { ...body, username: 'augusta' },
    });
    expect(reasonOf(upgraded)).toMatch(/your name/);
  });
});

describe('a password is accepted without rules on its characters', () => {
  it.each([
    ['only small letters', 'korrekthorsebatterie'],
    ['only digits that are hard to guess', '830274917364528190'],
    ['spaces', 'four words with spaces'],
    ['emoji', '🦊🌵🎻🥁🪁🧊🦜🏔'],
    ['Greek', 'καλημέρα αύριο ξύδι'],
  ])('%s', async (_, password) => expect((await register(password)).status).toBe(201));
});

describe('a password of the greatest length', () => {
  /** Syllables of Hangul: three code points each before normalization. */
  const syllables = (count: number) =>
    Array.from({ length: count }, (_, n) => String.fromCodePoint(0xac01 + 28 * ((n * 97) % 397)))
      .join('')
      .normalize('NFD');

  it('is accepted from a keyboard that sends more code points', async () => {
    const typed = syllables(128);
    expect(typed).toHaveLength(384);
    const username = 'hangul';
    expect((await register(typed, gateway, username)).status).toBe(201);
    for (const password of [typed, typed.normalize('NFC')]) {
      const answer = await call(gateway, '/api/auth/login', { body: { username, password } });
      expect(answer.status).toBe(200);
    }
  });

  it('is refused with one character more, or with too few, from any keyboard', async () => {
    for (const password of [syllables(129), syllables(7)]) {
      const answer = await register(password);
      expect([answer.status, answer.body.error?.code]).toEqual([400, 'invalid_input']);
    }
  });
});

describe('changing the password', () => {
  it('needs the current one, ends the other sessions and replaces this one', async () => {
    const user = await aUser(gateway);
    const { data: other } = await login(user);
    expect((await change(user, 'not the password', 'another fine password')).status).toBe(401);
    expect(await statusOf(other.accessToken)).toBe(200);
    const { data: changed } = await change(user, user.password, 'another fine password');
    for (const token of [other.accessToken, user.token]) expect(await statusOf(token)).toBe(401);
    expect(await statusOf(changed.accessToken)).toBe(200);
    expect((await login(user)).status).toBe(401);
    expect((await login(user, 'another fine password')).status).toBe(200);
  });

  it('applies the same rules to the new one', async () => {
    const user = await aUser(gateway);
    const answer = await change(user, user.password, 'password123');
    expect(answer.body.error).toMatchObject({
      code: 'weak_password',
      details: [{ field: 'newPassword' }],
    });
    expect((await login(user)).status).toBe(200);
  });

  it('lets one of two concurrent changes succeed', async () => {
    const user = await aUser(gateway);
    const answers = await Promise.all([
      change(user, user.password, 'the first new password'),
      change(user, user.password, 'the second new password'),
    ]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401]);
  });

  it('is never required: a password does not expire', async () => {
    const user = await aUser(gateway);
    const past = gateway.environment.DATABASE_URL ? "timestamp '2000-01-01'" : '946684800000';
    await query(
      gateway,
      `update accounts set password_changed_at = ${past} where id = '${user.userId}'`,
    );
    expect((await login(user)).status).toBe(200);
  });

  it('is notified to the owner', async () => {
    const user = await aUser(gateway);
    const { data: changed } = await change(user, user.password, 'another fine password');
    const { data } = await call<{ kind: string }[]>(gateway, '/api/auth/notices', {
      token: changed.accessToken,
    });
    expect(data.map(({ kind }) => kind)).toEqual(['password_changed']);
  });

  it('does not allow guessing with a stolen token', async () => {
    const user = await aUser(gateway);
    for (let n = 0; n < 5; n += 1) await change(user, `guess ${n}`, 'another fine password');
    const answer = await change(user, user.password, 'another fine password');
    expect([answer.status, answer.body.error?.code]).toEqual([429, 'too_many_attempts']);
  });
});

describe('a hash of another cost', () => {
  it('is replaced at the next sign-in if it is lower, and kept if it is higher', async () => {
    const user = await aUser(gateway);
    const hash = async () => {
      const [row] = await query(
        gateway,
        `select password_hash from accounts where id = '${user.userId}'`,
      );
      return row!.password_hash as string;
    };
    const before = await hash();
    // bcrypt receives a keyed digest, so the hashes are made by gateways with different costs.
    const { DATA_DIR, DATABASE_URL } = gateway.environment;
    const costlier = await startGateway({
      environment: {
        DATA_DIR: DATA_DIR!,
        ...(DATABASE_URL ? { DATABASE_URL } : {}),
        PASSWORD_COST: '11',
      },
    });
    expect(bcrypt.getRounds(before)).toBeLessThan(11);
    expect((await login(user, 'not the password', costlier)).status).toBe(401);
    expect(await hash()).toBe(before);
    expect((await login(user, user.password, costlier)).status).toBe(200);
    expect(bcrypt.getRounds(await hash())).toBe(11);
    expect((await login(user, user.password, costlier)).status).toBe(200);
    // A lower configured cost does not replace the hash, and the password is still accepted.
    expect((await login(user)).status).toBe(200);
    expect(bcrypt.getRounds(await hash())).toBe(11);
  });
});

describe('the policy of a deployment', () => {
  it('can require a length and kinds of characters', async () => {
    const strict = await startGateway({
      environment: { PASSWORD_MIN_LENGTH: '15', PASSWORD_COMPLEXITY: 'true' },
    });
    expect((await register('Short 1 and fine', strict)).status).toBe(201);
    expect(reasonOf(await register('Too short 1!', strict))).toMatch(/at least 15/);
    expect(reasonOf(await register('no upper case and no digit', strict))).toMatch(
      /upper case letter, a digit/,
    );
  });
});
