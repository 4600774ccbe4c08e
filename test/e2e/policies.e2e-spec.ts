import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { aUser, call, say, type User } from './client.ts';
import { aBoundUser, callWith } from './device-key.ts';
import { type Gateway, startGateway } from './gateway.ts';

const ORIGIN = 'https://app.example.org';

let gateway: Gateway;
let user: User;
beforeAll(async () => {
  gateway = await startGateway({
    environment: {
      ALLOWED_ORIGINS: `${ORIGIN}:443, HTTPS://B.example/, capacitor://localhost`,
    },
  });
  user = await aUser(gateway);
});

describe('headers', () => {
  const expected = {
    'content-security-policy':
      "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
    'cross-origin-embedder-policy': 'require-corp',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'origin-agent-cluster': '?1',
    'referrer-policy': 'no-referrer',
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'x-content-type-options': 'nosniff',
    'x-dns-prefetch-control': 'off',
    'x-download-options': 'noopen',
    'x-frame-options': 'DENY',
    'x-permitted-cross-domain-policies': 'none',
    'cache-control': 'no-store',
  };

  it.each([
    ['a success', '/api/profiles', 200],
    ['a refusal', '/api/auth/me?x=1', 401],
    ['an unknown address of the API', '/api/nothing', 404],
    ['an unknown address', '/nothing', 404],
    ['a probe', '/health', 200],
  ])('of the security policy are on %s', async (_, path, status) => {
    const token = path === '/api/profiles' ? user.token : undefined;
    const { headers, status: answered } = await call(gateway, path, token ? { token } : {});
    expect(answered).toBe(status);
    expect(Object.fromEntries(headers)).toMatchObject(expected);
    expect(headers.has('x-powered-by')).toBe(false);
    expect(headers.has('server')).toBe(false);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('name the request as its error does, whatever id the client sends', async () => {
    const answer = await call(gateway, '/api/auth/me', { headers: { 'X-Request-Id': 'forged' } });
    expect(answer.headers.get('x-request-id')).toBe(answer.body.error?.requestId);
    expect(answer.text).not.toContain('forged');
  });
});

describe('CORS', () => {
  const preflight = (origin: string) =>
    fetch(`${gateway.url}/api/chat`, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'authorization,content-type',
      },
    });
  const corsHeaders = (headers: Headers) =>
    [...headers.keys()].filter((name) => name.startsWith('access-control-'));

  it('lets a listed origin in, with what the API needs', async () => {
    const answer = await preflight(ORIGIN);
    expect(answer.status).toBe(204);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers':
        'Content-Type, Authorization, DPoP, Idempotency-Key, Prefer, Last-Event-ID',
    });
    const get = await call(gateway, '/api/profiles', {
      token: user.token,
      headers: { Origin: 'https://b.example' },
    });
    expect(get.headers.get('access-control-allow-origin')).toBe('https://b.example');
    expect(get.headers.get('access-control-expose-headers')).toContain('RateLimit');
    expect(get.headers.get('vary')).toContain('Origin');
    const fromApp = await preflight('capacitor://localhost');
    expect(fromApp.headers.get('access-control-allow-origin')).toBe('capacitor://localhost');
  });

  it.each([
    'https://evil.example',
    'http://app.example.org',
    'https://app.example.org.evil.example',
    'https://app.example.org:8443',
    'null',
    '*',
  ])('gives %s no CORS header and no error', async (origin) => {
    const asked = await preflight(origin);
    expect(asked.status).toBeLessThan(500);
    expect(corsHeaders(asked.headers)).toEqual([]);
    const got = await call(gateway, '/health', { headers: { Origin: origin } });
    expect(got.status).toBe(200);
    expect(corsHeaders(got.headers)).toEqual([]);
  });
});

describe('an answer of 401', () => {
  const challengeOf = (answer: Awaited<ReturnType<typeof call>>) =>
    [answer.status, answer.headers.get('www-authenticate') ?? 'none'] as const;
  const schemes = /^Bearer, DPoP algs="/;
  const invalidToken = /^Bearer error="invalid_token", DPoP error="invalid_token", algs="/;
  const wrong = { password: 'not the password' };

  it.each([
    ['a wrong password', '/api/auth/login', { username: 'nobody', ...wrong }, schemes],
    ['a used-up refresh token', '/api/auth/refresh', { refreshToken: 'x' }, invalidToken],
    [
      'a login that was never started',
      '/api/auth/login/second-factor',
      { challenge: 'x', code: '123456' },
      schemes,
    ],
    ['its passkey', '/api/auth/login/second-factor/passkey-options', { challenge: 'x' }, schemes],
    [
      'an unknown passkey',
      '/api/auth/passkeys/sign-in',
      {
        challenge: 'x',
        response: {
          id: 'AAAA',
          type: 'public-key',
          response: { clientDataJSON: 'AAAA', authenticatorData: 'AAAA', signature: 'AAAA' },
        },
      },
      schemes,
    ],
    ['a proof that is none', '/api/auth/device', {}, /^DPoP error="invalid_dpop_proof"/],
  ])(
    'has a challenge, and none by which a browser asks for a password: %s',
    async (_, path, body, challenge) => {
      const headers = { Origin: ORIGIN, ...(path.endsWith('device') ? { DPoP: 'x' } : {}) };
      const answer = await call(gateway, path, { body, headers });
      expect(challengeOf(answer)).toEqual([401, expect.stringMatching(challenge)]);
      expect(answer.headers.get('www-authenticate')).not.toMatch(/basic|digest/i);
      expect(answer.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate');
    },
  );

  it('has one for a signed-in user without a proof, too', async () => {
    const { token } = await aUser(gateway);
    const stepUp = await call(gateway, '/api/auth/step-up', { token, body: wrong });
    expect(challengeOf(stepUp)).toEqual([401, expect.stringMatching(schemes)]);
    const body = { currentPassword: 'not the password', newPassword: 'another fine password' };
    const changed = await call(gateway, '/api/auth/password', { method: 'PUT', token, body });
    expect(challengeOf(changed)).toEqual([401, expect.stringMatching(schemes)]);
    const forged = await call(gateway, '/api/auth/me', { token: `${token}x` });
    expect(challengeOf(forged)).toEqual([401, expect.stringMatching(invalidToken)]);
  });

  it('names only the scheme of the key where the session is bound to one', async () => {
    const { key, token } = await aBoundUser(gateway);
    const answer = await callWith(gateway, key, '/api/auth/step-up', { token, body: wrong });
    expect(challengeOf(answer)).toEqual([401, expect.stringMatching(/^DPoP algs="/)]);
  });
});

describe('limits', () => {
  // Each test calls as other users, or from another address.
  let limited: Gateway;
  beforeAll(async () => {
    limited = await startGateway({
      environment: {
        LIMIT_API: '1000/1h',
        LIMIT_GLOBAL: '20/15m',
        LIMIT_CHAT: '2/1m',
        LIMIT_LOGIN: '3/15m',
        TRUST_PROXY: '127.0.0.0/8',
      },
    });
  });
  const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } });

  it('are announced in the standard headers, and in no other', async () => {
    const { headers } = await call(limited, '/api/nothing', from('192.0.2.1'));
    expect(headers.get('ratelimit-policy')).toBe('"api";q=1000;w=3600, "global";q=20;w=900');
    expect(headers.get('ratelimit')).toBe('"api";r=999;t=3600, "global";r=19;t=900');
    const others = [...headers.keys()].filter((name) =>
      /^x-ratelimit|^ratelimit-(?!policy$)/.test(name),
    );
    expect(others).toEqual([]);
  });

  it('refuse with 429, the time to wait, and a message for people', async () => {
    for (let n = 0; n < 20; n += 1) {
      expect((await call(limited, '/api/x', from('192.0.2.2'))).status).toBe(404);
    }
    const refused = await call(limited, '/api/y', from('192.0.2.2'));
    expect(refused.status).toBe(429);
    expect(refused.body.error?.code).toBe('rate_limited');
    expect(refused.body.error?.message).toMatch(/Try again in 15 minutes/);
    const wait = Number(refused.headers.get('retry-after'));
    // A busy machine takes a while for twenty calls, but no minute.
    expect(wait).toBeGreaterThan(840);
    expect(wait).toBeLessThanOrEqual(900);
    expect(refused.headers.get('ratelimit')).toContain('"global";r=0;');
  });

  it('global: one counter per user over all routes without a limit of their own', async () => {
    const [one, other] = [await aUser(limited), await aUser(limited)];
    const paths = ['/api/profiles', '/api/auth/me', '/api/chat/conversations'];
    for (let n = 0; n < 20; n += 1) {
      expect((await call(limited, paths[n % 3]!, { token: one.token })).status).toBe(200);
    }
    expect((await call(limited, '/api/auth/me', { token: one.token })).status).toBe(429);
    expect((await call(limited, '/api/auth/me', { token: other.token })).status).toBe(200);
    expect((await say(limited, one, 'everything', 'chat has its own')).status).toBe(200);
  });

  it('chat: per user', async () => {
    const [one, other] = [await aUser(limited), await aUser(limited)];
    for (let n = 0; n < 2; n += 1) {
      expect((await say(limited, one, 'everything', 'hi')).status).toBe(200);
    }
    const refused = await say(limited, one, 'everything', 'hi');
    expect(refused.status).toBe(429);
    expect(names(refused.headers)).toEqual(['api', 'chat']);
    expect((await say(limited, other, 'everything', 'hi')).status).toBe(200);
  });

  it('login: per account and address, however the account is spelled; then the right password waits as well', async () => {
    const { username, password } = await aUser(limited);
    const other = await aUser(limited);
    const login = (name: string, secret: string) =>
      call(limited, '/api/auth/login', { body: { username: name, password: secret } });
    for (const name of [username, username.toUpperCase(), username]) {
      expect((await login(name, 'wrong password')).status).toBe(401);
    }
    expect((await login(username, password)).status).toBe(429);
    expect((await login(username.toUpperCase(), password)).status).toBe(429);
    expect((await login(other.username, other.password)).status).toBe(200);
  });

  it('login: counts the failures of renewals, not their successes', async () => {
    let { refreshToken } = await aUser(limited);
    const refresh = (token: string) =>
      call<{ refreshToken: string }>(limited, '/api/auth/refresh', {
        body: { refreshToken: token },
      });
    for (let n = 0; n < 6; n += 1) ({ refreshToken } = (await refresh(refreshToken)).data);
    for (let n = 0; n < 3; n += 1) expect((await refresh('guess')).status).toBe(401);
    await expect.poll(async () => (await refresh('guess')).status).toBe(429);
    // A dead token does not lock out other clients behind the same address.
    expect((await refresh(refreshToken)).status).toBe(200);
    expect((await call(limited, '/api/auth/login', { body: {} })).status).toBe(400);
  });

  it('login: the spellings of one account share its counter', async () => {
    const login = (username: string) =>
      call(limited, '/api/auth/login', { body: { username, password: 'x' } });
    for (const name of ['οδός', 'ΟΔΌΣ', 'οδός']) expect((await login(name)).status).toBe(401);
    expect((await login('οδόσ')).status).toBe(429);
  });

  it('login: a name too long to be one is not examined, but still counted', async () => {
    const login = (mark: string) =>
      call(limited, '/api/auth/login', {
        ...from('192.0.2.3'),
        body: { username: `a${mark.repeat(15_000)}`, password: 'x' },
      });
    for (const mark of ['\u0301', '\u0323', '\u0308']) expect((await login(mark)).status).toBe(400);
    expect((await login('\u0327')).status).toBe(429);
  });

  it('login: a flood of names is turned away instead of queued up', async () => {
    // Each hash takes its time, or the queue would be served as fast as it is filled.
    const flooded = await startGateway({ environment: { PASSWORD_COST: '11' } });
    const answers = await Promise.all(
      Array.from({ length: 100 + 50 * availableParallelism() }, (_, n) =>
        call(flooded, '/api/auth/login', { body: { username: `flood-${n}`, password: 'x' } }),
      ),
    );
    const statuses = new Set(answers.map(({ status }) => status));
    expect(statuses).toEqual(new Set([401, 503]));
    expect((await call(flooded, '/health')).status).toBe(200);
  });

  describe('api', () => {
    let counting: Gateway;
    beforeAll(async () => {
      counting = await startGateway({ environment: { LIMIT_API: '4/1h' } });
    });

    it('per client address, for every address of the API', async () => {
      const someone = await aUser(counting);
      expect((await call(counting, '/api/profiles', { token: someone.token })).status).toBe(200);
      expect((await call(counting, '/api/not/there')).status).toBe(404);
      expect((await call(counting, '/api/auth/me')).status).toBe(401);
      expect((await call(counting, '/api/profiles', { token: someone.token })).status).toBe(429);
      expect((await call(counting, '/api/not/there')).status).toBe(429);
      expect((await call(counting, '/health')).status).toBe(200);
    });

    it('does not believe an address that the client writes itself', async () => {
      const statuses: number[] = [];
      for (let n = 1; n <= 5; n += 1) {
        statuses.push((await call(counting, '/api/x', from(`192.0.2.${n}`))).status);
      }
      expect(statuses.at(-1)).toBe(429);
    });
  });

  it('behind a trusted proxy count the address that the proxy saw, and an IPv6 network as one', async () => {
    const strict = await startGateway({
      environment: { LIMIT_API: '2/1h', TRUST_PROXY: '127.0.0.0/8' },
    });
    const statusFrom = async (address: string) =>
      (await call(strict, '/api/x', from(address))).status;
    // Only the last entry was written by the proxy; what stands before it came from the client.
    expect(await statusFrom('198.51.100.1, 192.0.2.1')).toBe(404);
    expect(await statusFrom('198.51.100.2, 192.0.2.1')).toBe(404);
    expect(await statusFrom('198.51.100.3, 192.0.2.1')).toBe(429);
    expect(await statusFrom('2001:db8:0:1::1')).toBe(404);
    expect(await statusFrom('2001:db8:0:1:ffff::2')).toBe(404);
    expect(await statusFrom('2001:DB8::1:0:0:0:3')).toBe(429);
    expect(await statusFrom('2001:db8:0:2::1')).toBe(404);
  });
});

describe('routes', () => {
  interface Row {
    readonly method: string;
    readonly path: string;
    readonly access: string;
    readonly limits: string;
  }
  const table = readFileSync('test/e2e/routes.md', 'utf8');
  const rows = [...table.matchAll(/^\| `(\w+) (\S+)` \| (\w+)[^|]* \| ([^|]+) \| [^|]+ \|$/gm)].map(
    ([, method, path, access, limits]) => ({ method, path, access, limits: limits!.trim() }) as Row,
  );

  it('are all in the table', () => expect(rows.length).toBeGreaterThan(40));

  it.each(rows.map((row) => [`${row.method} ${row.path}`, row] as const))(
    '%s behaves as the table says',
    async (_, { method, path, access, limits }) => {
      const address = path
        .replace(/:\w+/g, '01a20de4-0000-7000-8000-000000000000')
        .replace('*', 'x');
      const verb = method === 'ALL' ? 'GET' : method;
      const body = verb === 'GET' || verb === 'DELETE' ? {} : { body: {} };
      const anonymous = await call(gateway, address, { method: verb, ...body });
      if (access !== 'public') {
        expect([anonymous.status, anonymous.body.error?.code]).toEqual([401, 'unauthenticated']);
        expect(anonymous.headers.get('www-authenticate')).toMatch(/^Bearer, DPoP /);
      } else {
        expect(anonymous.body.error?.code).not.toBe('unauthenticated');
      }
      const { token } = await aUser(gateway);
      const signedIn = await call(gateway, address, { method: verb, token, ...body });
      expect(signedIn.status).not.toBe(401);
      const isForbidden = access !== 'public' && access !== 'user';
      if (isForbidden) expect(signedIn.body.error?.code).toBe('forbidden');
      const declared = (limits === '–' ? [] : limits.replaceAll('!', '').split(', '))
        // A quota of devices without an account, and limits of users that a forbidden call does not reach.
        .filter((name) => name !== 'anonymous' && (!isForbidden || name === 'api'));
      expect(names(signedIn.headers).toSorted()).toEqual(declared.toSorted());
    },
  );
});

function names(headers: Headers): string[] {
  return [...(headers.get('ratelimit-policy') ?? '').matchAll(/"(\w+)"/g)].map(([, name]) => name!);
}
