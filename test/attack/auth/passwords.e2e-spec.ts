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

describe('a password that is guessed first is refused, and the answer says why', () => {
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

  it('and so is one made from the own name', async () => {
    const answer = await register('ada.lovelace1', gateway, 'Ada.Lovelace');
    expect(reasonOf(answer)).toMatch(/your name/);
  });

  it('and so is one made from the own mail address, with a new account or for a device', async () => {
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

describe('a password without any rule on its characters is accepted', () => {
  it.each([
    ['only small letters', 'korrekthorsebatterie'],
    ['only digits, if nobody would guess them', '830274917364528190'],
    ['spaces', 'four words with spaces'],
    ['emoji', '🦊🌵🎻🥁🪁🧊🦜🏔'],
    ['Greek', 'καλημέρα αύριο ξύδι'],
  ])('%s', async (_, password) => expect((await register(password)).status).toBe(201));
});

describe('a password with as many characters as are allowed', () => {
  /** Syllables of Hangul: three characters each, until they are normalized. */
  const syllables = (count: number) =>
    Array.from({ length: count }, (_, n) => String.fromCodePoint(0xac01 + 28 * ((n * 97) % 397)))
      .join('')
      .normalize('NFD');

  it('is accepted from a keyboard that takes more of them to write it', async () => {
    const typed = syllables(128);
    expect(typed).toHaveLength(384);
    const username = 'hangul';
    expect((await register(typed, gateway, username)).status).toBe(201);
    for (const password of [typed, typed.normalize('NFC')]) {
      const answer = await call(gateway, '/api/auth/login', { body: { username, password } });
      expect(answer.status).toBe(200);
    }
  });

  it('is refused with one more, or fewer than there must be, whatever they are written with', async () => {
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

  it('holds the new one against the same rules', async () => {
    const user = await aUser(gateway);
    const answer = await change(user, user.password, 'password123');
    expect(answer.body.error).toMatchObject({
      code: 'weak_password',
      details: [{ field: 'newPassword' }],
    });
    expect((await login(user)).status).toBe(200);
  });

  it('lets one of two changes at once win', async () => {
    const user = await aUser(gateway);
    const answers = await Promise.all([
      change(user, user.password, 'the first new password'),
      change(user, user.password, 'the second new password'),
    ]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401]);
  });

  it('is never asked for by the clock: no password grows too old', async () => {
    const user = await aUser(gateway);
    const past = gateway.environment.DATABASE_URL ? "timestamp '2000-01-01'" : '946684800000';
    await query(
      gateway,
      `update accounts set password_changed_at = ${past} where id = '${user.userId}'`,
    );
    expect((await login(user)).status).toBe(200);
  });

  it('is told to the owner', async () => {
    const user = await aUser(gateway);
    const { data: changed } = await change(user, user.password, 'another fine password');
    const { data } = await call<{ kind: string }[]>(gateway, '/api/auth/notices', {
      token: changed.accessToken,
    });
    expect(data.map(({ kind }) => kind)).toEqual(['password_changed']);
  });

  it('cannot be used to guess with a stolen token', async () => {
    const user = await aUser(gateway);
    for (let n = 0; n < 5; n += 1) await change(user, `guess ${n}`, 'another fine password');
    const answer = await change(user, user.password, 'another fine password');
    expect([answer.status, answer.body.error?.code]).toEqual([429, 'too_many_attempts']);
  });
});

describe('a hash of another cost', () => {
  it('is made anew when its owner signs in, be it lower or higher', async () => {
    const user = await aUser(gateway);
    const hash = async () => {
      const [row] = await query(
        gateway,
        `select password_hash from accounts where id = '${user.userId}'`,
      );
      return row!.password_hash as string;
    };
    const before = await hash();
    // The digest that bcrypt is given is ours alone, so an old hash is made from an old gateway's configuration.
    const { DATA_DIR, DATABASE_URL } = gateway.environment;
    const costlier = await startGateway({
      asProcess: true,
      environment: {
        DATA_DIR: DATA_DIR!,
        ...(DATABASE_URL ? { DATABASE_URL } : {}),
        PASSWORD_COST: '11',
      },
    });
    expect(bcrypt.getRounds(before)).toBe(10);
    expect((await login(user, 'not the password', costlier)).status).toBe(401);
    expect(await hash()).toBe(before);
    expect((await login(user, user.password, costlier)).status).toBe(200);
    expect(bcrypt.getRounds(await hash())).toBe(11);
    expect((await login(user, user.password, costlier)).status).toBe(200);
    expect((await login(user)).status).toBe(200);
    expect(bcrypt.getRounds(await hash())).toBe(10);
  });
});

describe('the policy of a deployment', () => {
  it('can ask for length and for kinds of characters', async () => {
    const strict = await startGateway({
      asProcess: true,
      environment: { PASSWORD_MIN_LENGTH: '15', PASSWORD_COMPLEXITY: 'true' },
    });
    expect((await register('Short 1 and fine', strict)).status).toBe(201);
    expect(reasonOf(await register('Too short 1!', strict))).toMatch(/at least 15/);
    expect(reasonOf(await register('no upper case and no digit', strict))).toMatch(
      /upper case letter, a digit/,
    );
  });
});
