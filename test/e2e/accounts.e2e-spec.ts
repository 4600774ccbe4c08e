import { createHmac } from 'node:crypto';
import { aUser, call, onceServed, type Tokens, type User } from './client.ts';
import { type Gateway, query, startGateway } from './gateway.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});

const register = (username: unknown, password: unknown) =>
  call<Tokens>(gateway, '/api/auth/register', { body: { username, password } });
const login = (username: unknown, password: unknown) =>
  call<Tokens>(gateway, '/api/auth/login', { body: { username, password } });
const refresh = (refreshToken: string) =>
  call<Tokens>(gateway, '/api/auth/refresh', { body: { refreshToken } });
const me = (token: string) => call(gateway, '/api/auth/me', { token });

describe('what a keyboard or a clipboard adds', () => {
  it.each([' ', '\n', '\t\r\n', '\u00a0', '\u200b', '\ufeff', '\u2066'])(
    'as %j, is no part of a name or a token',
    async (around) => {
      const user = await aUser(gateway);
      const signedIn = await login(`${around}${user.username}${around}`, user.password);
      expect(signedIn.status).toBe(200);
      const renewed = await refresh(`${around}${signedIn.data.refreshToken}${around}`);
      expect(renewed.status).toBe(200);
      const name = `new-${user.username}`;
      const registered = await register(`${around}${name}${around}`, 'a fine long password');
      expect((await me(registered.data.accessToken)).data.username).toBe(name);
    },
  );

  it('is a part of a password', async () => {
    const username = `pw-${Date.now()}`;
    const password = ' a password with spaces ';
    expect((await register(username, password)).status).toBe(201);
    expect((await login(username, password)).status).toBe(200);
    for (const other of [password.trim(), `${password}\n`, `${password} `]) {
      expect((await login(username, other)).status).toBe(401);
    }
  });

  it.each(['Bearer  ', 'bearer ', 'BEARER     '])(
    'is no part of the header either: %j',
    async (scheme) => {
      const { token } = await aUser(gateway);
      const headers = { Authorization: `${scheme}${token}` };
      expect((await call(gateway, '/api/auth/me', { headers })).status).toBe(200);
    },
  );
});

describe('registering', () => {
  it('answers with a session', async () => {
    const answer = await register('Ada Lovelace'.replace(' ', '.'), 'analytical engine');
    expect(answer.status).toBe(201);
    expect(Object.keys(answer.data).toSorted()).toEqual(
      [
        'accessToken',
        'deviceToken',
        'expiresAt',
        'refreshExpiresAt',
        'refreshToken',
        'userId',
      ].toSorted(),
    );
    const account = await me(answer.data.accessToken);
    expect(account.data).toMatchObject({
      userId: answer.data.userId,
      username: 'Ada.Lovelace',
      role: 'user',
    });
  });

  it('signs a token of 24 hours with the agreed claims and nothing else', async () => {
    const { accessToken, expiresAt, userId } = await aUser(gateway);
    const [header, claims] = accessToken
      .split('.')
      .slice(0, 2)
      .map(
        (part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, number>,
      );
    expect(header).toMatchObject({ alg: 'HS256', typ: 'at+jwt' });
    expect(Object.keys(claims!).toSorted()).toEqual(
      ['aud', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub'].toSorted(),
    );
    expect(claims).toMatchObject({ iss: 'mcp-gateway', aud: 'mcp-mobile-app', sub: userId });
    expect(claims!.exp! - claims!.iat!).toBe(24 * 3600);
    expect(new Date(expiresAt).getTime()).toBe(claims!.exp! * 1000);
  });

  it.each([
    ['Grace', 'gRACE'],
    ['ｍａｒｉｅ', 'marie'],
    ['Ζωή', 'ΖΩΉ'],
    ['οδός', 'ΟΔΌΣ'],
  ])('takes %s and %s for one name', async (first, second) => {
    expect((await register(first, 'a long enough password')).status).toBe(201);
    const again = await register(second, 'a long enough password');
    expect(again.status).toBe(409);
    expect(again.body.error?.code).toBe('username_taken');
  });

  it('lets one of many simultaneous registrations of a name win, and leaves nothing of the others', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => register('simultaneous', 'a long enough password')),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(7);
    const [{ sessions }] = (await query(
      gateway,
      `select count(*) as sessions from sessions join accounts on accounts.id = sessions.account_id
       where username_key = 'simultaneous'`,
    )) as [{ sessions: unknown }];
    expect(Number(sessions)).toBe(1);
  });
});

describe('passwords', () => {
  it.each(['12345678', 'password', 'PassWord', 'iloveyou', 'qwertyuiop'])(
    'a common one is refused with the reason: %s',
    async (password) => {
      const answer = await register('common', password);
      expect(answer.status).toBe(400);
      expect(answer.body.error).toMatchObject({
        code: 'weak_password',
        details: [{ field: 'password', message: expect.stringContaining('most common') as string }],
      });
    },
  );

  it('the own name is refused, however it is written', async () => {
    const answer = await register('Augusta.Ada', 'augusta.ada');
    expect(answer.body.error?.code).toBe('weak_password');
  });

  it.each([
    ['seven characters', 'shorter'],
    ['129 characters', 'x'.repeat(129)],
  ])('%s are refused', async (_, password) => {
    const answer = await register('lengthy', password);
    expect(answer.status).toBe(400);
    expect(answer.body.error?.code).toBe('invalid_input');
  });

  it('64 and 128 characters of a script with three bytes each are accepted, and every one of them counts', async () => {
    for (const length of [64, 128]) {
      const password = Array.from({ length: length - 1 }, (_, n) =>
        String.fromCodePoint(0x4e00 + ((n * 4099) % 20_000)),
      ).join('');
      expect((await register(`kanji-${length}`, `${password}字`)).status).toBe(201);
      expect((await login(`kanji-${length}`, `${password}字`)).status).toBe(200);
      expect((await login(`kanji-${length}`, `${password}学`)).status).toBe(401);
    }
  });

  it('are the same however the keyboard composes them', async () => {
    await register('zoe', 'caf\u00e9 au lait');
    expect((await login('zoe', 'cafe\u0301 au lait')).status).toBe(200);
  });

  it('are stored as bcrypt of cost 10, unless the operator says otherwise', async () => {
    const usual = await startGateway({ environment: { PASSWORD_COST: '' } });
    const user = await aUser(usual);
    const [row] = await query(
      usual,
      `select password_hash from accounts where username = '${user.username}'`,
    );
    expect(row?.password_hash).toMatch(/^\$2b\$10\$/);
  });
});

describe('signing in', () => {
  it('does not tell an unknown user from a wrong password', async () => {
    const user = await aUser(gateway);
    const wrong = await login(user.username, 'not the password');
    const unknown = await login('nobody-of-that-name', 'not the password');
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    const withoutId = ({ body }: typeof wrong) => ({ ...body.error, requestId: '' });
    expect(withoutId(unknown)).toEqual(withoutId(wrong));
    const names = ({ headers }: typeof wrong) => [...headers.keys()].toSorted();
    expect(names(unknown)).toEqual(names(wrong));
  });

  it('opens a session beside the others', async () => {
    const user = await aUser(gateway);
    const { data } = await login(user.username.toUpperCase(), user.password);
    expect(data.userId).toBe(user.userId);
    expect((await me(data.accessToken)).status).toBe(200);
    expect((await me(user.token)).status).toBe(200);
  });
});

describe('signing out', () => {
  it('ends the session with the very next request, and its refresh token with it', async () => {
    const user = await aUser(gateway);
    const other = await login(user.username, user.password);
    expect((await me(user.token)).status).toBe(200);
    const answer = await call(gateway, '/api/auth/logout', { method: 'POST', token: user.token });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ success: true, data: null });

    const afterwards = await me(user.token);
    expect(afterwards.status).toBe(401);
    expect(afterwards.body.error?.code).toBe('session_ended');
    expect(afterwards.headers.get('www-authenticate')).toContain('Bearer');
    expect((await refresh(user.refreshToken)).status).toBe(401);
    expect((await me(other.data.accessToken)).status).toBe(200);
  });

  it('takes a POST with the content type of JSON and no body', async () => {
    const user = await aUser(gateway);
    const answer = await call(gateway, '/api/auth/logout', { token: user.token, body: '' });
    expect(answer.status).toBe(200);
  });
});

describe('renewing', () => {
  it('replaces the refresh token and keeps the session', async () => {
    const user = await aUser(gateway);
    const { data } = await refresh(user.refreshToken);
    expect(data.userId).toBe(user.userId);
    expect(data.refreshToken).not.toBe(user.refreshToken);
    expect((await me(data.accessToken)).status).toBe(200);
    expect((await refresh(data.refreshToken)).status).toBe(200);
  });

  it('gives a phone that lost the answer the same successor', async () => {
    const user = await aUser(gateway);
    const [first, retry] = [await refresh(user.refreshToken), await refresh(user.refreshToken)];
    expect(retry.data.refreshToken).toBe(first.data.refreshToken);
  });

  it('gives a hundred simultaneous calls one successor, and ends no session', async () => {
    const user = await aUser(gateway);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => onceServed(() => refresh(user.refreshToken))),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ data }) => data.refreshToken)).size).toBe(1);
    expect((await me(user.token)).status).toBe(200);
  });

  it('ends the session when a used token is presented again', async () => {
    const user = await aUser(gateway);
    const { data } = await refresh(user.refreshToken);
    await refresh(data.refreshToken);
    const replayed = await refresh(user.refreshToken);
    expect(replayed.status).toBe(401);
    expect(replayed.body.error?.code).toBe('invalid_refresh_token');
    expect((await me(user.token)).status).toBe(401);
    expect((await me(data.accessToken)).status).toBe(401);
  });

  it('are 256 random bits, for each sign-in others', async () => {
    const users = await Promise.all([aUser(gateway), aUser(gateway), aUser(gateway)]);
    const tokens = users.flatMap(({ refreshToken, deviceToken }) => [refreshToken, deviceToken!]);
    expect(new Set(tokens).size).toBe(6);
    for (const token of tokens) expect(token).toMatch(/^[\w-]{43}$/);
  });

  it('stores no refresh token, only its hash', async () => {
    const user = await aUser(gateway);
    const rows = await query(gateway, 'select * from refresh_tokens');
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(user.refreshToken);
  });
});

describe('a token', () => {
  const forge = (user: User, change: (parts: { header: object; claims: object }) => object[]) => {
    const [header, claims] = user.token
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object);
    const parts = change({ header: header!, claims: claims! }).map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    return parts.join('.');
  };
  const sign = (unsigned: string, secret: string) =>
    `${unsigned}.${createHmac('sha256', secret).update(unsigned).digest('base64url')}`;

  it.each([
    ['no token', 'unauthenticated', () => ''],
    ['a word', 'invalid_token', () => 'nonsense'],
    [
      'alg none',
      'invalid_token',
      (user: User) =>
        `${forge(user, ({ header, claims }) => [{ ...header, alg: 'none' }, claims])}.`,
    ],
    [
      'another secret',
      'invalid_token',
      (user: User) =>
        sign(
          forge(user, ({ header, claims }) => [header, claims]),
          'x'.repeat(64),
        ),
    ],
    [
      'changed claims',
      'invalid_token',
      (user: User) => {
        const forged = forge(user, ({ header, claims }) => [header, { ...claims, sub: 'admin' }]);
        return `${forged}.${user.token.split('.')[2]}`;
      },
    ],
    [
      'an unknown key',
      'invalid_token',
      (user: User) =>
        sign(
          forge(user, ({ header, claims }) => [{ ...header, kid: 'x' }, claims]),
          'x',
        ),
    ],
    ['a cut signature', 'invalid_token', (user: User) => user.token.slice(0, -4)],
  ] as const)('with %s is refused', async (_, code, token) => {
    const answer = await me(token(await aUser(gateway)));
    expect(answer.status).toBe(401);
    expect(answer.body.error?.code).toBe(code);
  });

  it('is not looked for in the address', async () => {
    const user = await aUser(gateway);
    const answer = await call(gateway, `/api/auth/me?access_token=${user.token}`);
    expect(answer.status).toBe(401);
  });

  it('is of no use once its account is gone', async () => {
    const user = await aUser(gateway);
    expect((await me(user.token)).status).toBe(200);
    await query(gateway, `delete from accounts where id = '${user.userId}'`);
    await expect.poll(async () => (await me(user.token)).status).toBe(401);
  });
});

/** Seconds since 1970. */
const NOW = Math.floor(Date.now() / 1000);

describe('tokens signed with the deployment secret', () => {
  const secret = 's'.repeat(40);
  let production: Gateway;
  let user: User;
  beforeAll(async () => {
    production = await startGateway({ environment: { JWT_SECRET: secret } });
    user = await aUser(production);
  });

  const resigned = (change: Record<string, unknown>, header: Record<string, unknown> = {}) => {
    const [head, claims] = user.token
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as object);
    const unsigned = [
      { ...head, ...header },
      { ...claims, ...change },
    ]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    return `${unsigned}.${createHmac('sha256', secret).update(unsigned).digest('base64url')}`;
  };
  const codeOf = async (token: string) =>
    (await call(production, '/api/auth/me', { token })).body.error?.code;

  it('are accepted as they were issued', async () => {
    expect(await codeOf(resigned({}))).toBeUndefined();
  });

  it.each([
    ['expired', { exp: 1_700_000_000 }, 'token_expired'],
    ['meant for another audience', { aud: 'another-app' }, 'invalid_token'],
    ['from another issuer', { iss: 'another-gateway' }, 'invalid_token'],
    ['of an unknown session', { sid: '01a20de4-0000-7000-8000-000000000000' }, 'session_ended'],
    ['of another account', { sub: '01a20de4-0000-7000-8000-000000000000' }, 'session_ended'],
    ['of a session that is no id', { sid: "x' or 1=1" }, 'session_ended'],
    ['not yet valid', { nbf: 4_000_000_000 }, 'invalid_token'],
    ['valid from a text on', { nbf: '1' }, 'invalid_token'],
    ['without an end', { exp: undefined }, 'invalid_token'],
    ['with an end that is null', { exp: null }, 'invalid_token'],
    ['with an end that is a text', { exp: String(NOW + 600) }, 'invalid_token'],
    ['with an end in milliseconds', { exp: (NOW + 600) * 1000 }, 'invalid_token'],
    ['with an end beyond its lifetime', { exp: NOW + 90_000 }, 'invalid_token'],
    ['with an end beyond every number', { exp: 1e300 }, 'invalid_token'],
    ['without a beginning', { iat: undefined }, 'invalid_token'],
    ['with a beginning that is a text', { iat: String(NOW) }, 'invalid_token'],
    ['from the future', { iat: NOW + 600, exp: NOW + 1_200 }, 'invalid_token'],
    ['issued in milliseconds', { iat: NOW * 1000, exp: NOW * 1000 + 600 }, 'invalid_token'],
    ['without an account', { sub: undefined }, 'invalid_token'],
    ['of an account that is a list', { sub: ['x'] }, 'invalid_token'],
    ['without a session', { sid: undefined }, 'invalid_token'],
    ['of a session that is a number', { sid: 7 }, 'invalid_token'],
    ['without an id', { jti: undefined }, 'invalid_token'],
    ['with an id without an end', { jti: 'x'.repeat(2_000) }, 'invalid_token'],
    ['without an audience', { aud: undefined }, 'invalid_token'],
    ['meant for several', { aud: ['mcp-mobile-app', 'another-app'] }, 'invalid_token'],
    ['without an issuer', { iss: undefined }, 'invalid_token'],
    ['bound to no key', { cnf: null }, 'invalid_token'],
    ['bound to a list', { cnf: [] }, 'invalid_token'],
    ['bound to a number', { cnf: { jkt: 1 } }, 'invalid_token'],
    ['bound to another key than its session', { cnf: { jkt: 'x' } }, 'session_ended'],
  ])('%s: refused', async (_, claims, code) => expect(await codeOf(resigned(claims))).toBe(code));

  it.each([
    ['of another kind', { typ: 'JWT' }],
    ['of another kind that ends like it', { typ: 'application/at+jwt' }],
    ['of no kind', { typ: undefined }],
    ['with an unknown critical header', { crit: ['x'], x: 1 }],
    ['with a critical header that is not there', { crit: ['x'] }],
    ['with a list of none', { crit: [] }],
    ['with a payload that is not encoded', { crit: ['b64'], b64: false }],
    ['that says so without being critical', { b64: false }],
    ['with a key beside it', { jwk: { kty: 'oct', k: 'AAAA' } }],
    ['with a key from elsewhere', { jku: 'https://evil.example/keys' }],
    ['without the id of its key', { kid: undefined }],
    ['with a list of keys', { kid: ['x'] }],
    ['of another algorithm', { alg: 'HS512' }],
  ])('%s: refused', async (_, header) => {
    expect(await codeOf(resigned({}, header))).toBe('invalid_token');
  });

  it('by an instance whose clock is a little ahead are accepted', async () => {
    const iat = Math.floor(Date.now() / 1000) + 5;
    expect(await codeOf(resigned({ iat, exp: iat + 600 }))).toBeUndefined();
  });

  it('are not accepted with anything behind them, nor as a list of claims', async () => {
    const [head, , signature] = resigned({}).split('.');
    const unsigned = `${head}.${Buffer.from('[]').toString('base64url')}`;
    const list = `${unsigned}.${createHmac('sha256', secret).update(unsigned).digest('base64url')}`;
    for (const token of [list, `${resigned({})}.${signature}`, `${resigned({})}=`]) {
      expect(await codeOf(token)).toBe('invalid_token');
    }
  });

  it('of the secret before this one are still accepted', async () => {
    const { DATA_DIR, DATABASE_URL } = production.environment;
    await production.stop();
    const rotated = await startGateway({
      environment: {
        DATA_DIR: DATA_DIR!,
        ...(DATABASE_URL ? { DATABASE_URL } : {}),
        JWT_SECRET: 'n'.repeat(40),
        JWT_SECRET_PREVIOUS: secret,
      },
    });
    expect((await call(rotated, '/api/auth/me', { token: user.token })).status).toBe(200);
  });
});
