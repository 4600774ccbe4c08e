import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { aUser, type Answer, call, type Tokens } from '../../e2e/client.ts';
import { aBoundUser, aKey, type BoundUser, callWith, now, proofOf } from '../../e2e/device-key.ts';
import { aSecret, freshStorage, type Gateway, query, startGateway } from '../../e2e/gateway.ts';

// Some of these tests start gateways as separate processes.
vi.setConfig({ testTimeout: 120_000 });

const ME = '/api/auth/me';
const REFRESH = '/api/auth/refresh';
const PAGE = 'https://app.example.org';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ environment: { ALLOWED_ORIGINS: PAGE } });
});

const me = (user: BoundUser) => callWith(gateway, user.key, ME, { token: user.token });

/** A call with exactly these headers. */
const rawMe = (headers: Record<string, string>) => call(gateway, ME, { headers });

const refusal = ({ status, body }: Answer<unknown>) => [status, body.error?.code];

const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;

describe('a session that is bound to the key of its phone', () => {
  it('has the key in its access token, and accepts proofs of that key', async () => {
    const user = await aBoundUser(gateway);
    expect(user).toMatchObject({ tokenType: 'DPoP' });
    expect(claimsOf(user.token).cnf).toEqual({ jkt: user.key.thumbprint });
    expect((await me(user)).status).toBe(200);
    expect((await me(user)).status).toBe(200);
  });

  it('stays bound when it is renewed', async () => {
    const user = await aBoundUser(gateway);
    const { data } = await callWith<Tokens>(gateway, user.key, REFRESH, {
      body: { refreshToken: user.refreshToken },
    });
    expect(claimsOf(data.accessToken).cnf).toEqual({ jkt: user.key.thumbprint });
    expect((await me({ ...user, token: data.accessToken })).status).toBe(200);
    expect(refusal(await call(gateway, ME, { token: data.accessToken }))).toEqual([
      401,
      'dpop_proof_required',
    ]);
  });

  it.each(['register', 'login', 'device'])('is opened by a proof at %s', async (way) => {
    const key = await aKey();
    const user = await aUser(gateway);
    const body = {
      register: { username: `u-${randomUUID().slice(0, 8)}`, password: user.password },
      login: { username: user.username, password: user.password },
      device: {},
    }[way];
    const { data } = await callWith<Tokens>(gateway, key, `/api/auth/${way}`, { body });
    expect(claimsOf(data.accessToken).cnf).toEqual({ jkt: key.thumbprint });
    expect((await call(gateway, ME, { token: data.accessToken })).status).toBe(401);
  });

  it('keeps its key when an anonymous account is upgraded', async () => {
    const key = await aKey();
    const { data: device } = await callWith<Tokens>(gateway, key, '/api/auth/device', { body: {} });
    const { data } = await callWith<Tokens>(gateway, key, '/api/auth/upgrade', {
      token: device.accessToken,
      body: { username: `u-${randomUUID().slice(0, 8)}`, password: `pw ${randomUUID()}` },
    });
    expect(claimsOf(data.accessToken).cnf).toEqual({ jkt: key.thumbprint });
  });

  it.each(['ES256', 'EdDSA', 'Ed25519', 'PS256'])('can have a key for %s', async (alg) => {
    expect((await me(await aBoundUser(gateway, await aKey(alg)))).status).toBe(200);
  });

  it('does not affect sessions of apps without keys', async () => {
    const user = await aUser(gateway);
    expect(Object.keys(claimsOf(user.token)).toSorted()).toEqual(
      ['aud', 'exp', 'iat', 'iss', 'jti', 'sid', 'sub'].toSorted(),
    );
    expect(user).not.toHaveProperty('tokenType');
  });
});

describe('a stolen access token', () => {
  it('is refused as Bearer, without a proof, and with a proof of another key', async () => {
    const user = await aBoundUser(gateway);
    const thief = await aKey();
    // Once before the instance has cached the token, and once after.
    for (const _ of [1, 2]) {
      const asBearer = await call(gateway, ME, { token: user.token });
      expect(refusal(asBearer)).toEqual([401, 'dpop_proof_required']);
      expect(asBearer.headers.get('www-authenticate')).toMatch(/^DPoP error=.*algs="ES256 /);
      const withoutProof = await rawMe({ Authorization: `DPoP ${user.token}` });
      expect(refusal(withoutProof)).toEqual([401, 'dpop_proof_required']);
      const withOwnKey = await callWith(gateway, thief, ME, { token: user.token });
      expect(refusal(withOwnKey)).toEqual([401, 'invalid_dpop_proof']);
      expect((await me(user)).status).toBe(200);
    }
  });

  it('is refused as Bearer with a right proof beside it', async () => {
    const user = await aBoundUser(gateway);
    const proof = await proofOf(user.key, 'GET', gateway.url + ME, { token: user.token });
    const headers = { Authorization: `Bearer ${user.token}`, DPoP: proof };
    expect(refusal(await rawMe(headers))).toEqual([401, 'dpop_proof_required']);
  });

  it('has no effect: the requested change does not happen', async () => {
    const user = await aBoundUser(gateway);
    await call(gateway, '/api/auth/logout', { method: 'POST', token: user.token });
    await callWith(gateway, await aKey(), '/api/auth/logout', {
      method: 'POST',
      token: user.token,
    });
    expect((await me(user)).status).toBe(200);
  });

  it('is refused with the scheme DPoP if it is not bound to a key', async () => {
    const user = await aUser(gateway);
    const answer = await callWith(gateway, await aKey(), ME, { token: user.token });
    expect(refusal(answer)).toEqual([401, 'invalid_token']);
    expect((await call(gateway, ME, { token: user.token })).status).toBe(200);
  });
});

describe('a stolen refresh token', () => {
  const renewWith = async (user: BoundUser, key?: Awaited<ReturnType<typeof aKey>>) =>
    key
      ? callWith<Tokens>(gateway, key, REFRESH, { body: { refreshToken: user.refreshToken } })
      : call<Tokens>(gateway, REFRESH, { body: { refreshToken: user.refreshToken } });

  it('is refused without the key, and remains valid for its owner', async () => {
    const user = await aBoundUser(gateway);
    expect(refusal(await renewWith(user))).toEqual([401, 'invalid_dpop_proof']);
    expect(refusal(await renewWith(user, await aKey()))).toEqual([401, 'invalid_dpop_proof']);
    expect((await renewWith(user, user.key)).status).toBe(200);
  });

  it('does not reveal its state without the key, and cannot end the session', async () => {
    const user = await aBoundUser(gateway);
    const thief = await aKey();
    const fresh = await renewWith(user, thief);
    const { data } = await renewWith(user, user.key);
    const { sid } = claimsOf(user.token) as { sid: string };
    const longAgo = gateway.environment.DATABASE_URL ? "'2026-01-01'" : '0';
    await query(
      gateway,
      `update refresh_tokens set used_at = ${longAgo} where used_at is not null and session_id = '${sid}'`,
    );
    const used = await renewWith(user, thief);
    expect([used.status, used.body.error?.message]).toEqual([
      fresh.status,
      fresh.body.error?.message,
    ]);
    const renewed = { ...user, token: data.accessToken };
    expect((await me(renewed)).status).toBe(200);

    // With the key, the same reuse indicates that all data of the phone was copied: the session ends.
    expect(refusal(await renewWith(user, user.key))).toEqual([401, 'invalid_refresh_token']);
    expect(refusal(await me(renewed))).toEqual([401, 'session_ended']);
    const ended = await renewWith(user, thief);
    expect(ended.body.error?.message).toBe(fresh.body.error?.message);
  });

  it('is recorded with its account, logged as refused, and answered with a challenge', async () => {
    const user = await aBoundUser(gateway);
    for (const key of [undefined, await aKey()]) {
      const answer = await renewWith(user, key);
      expect(refusal(answer)).toEqual([401, 'invalid_dpop_proof']);
      expect(answer.headers.get('www-authenticate')).toMatch(/^DPoP error="invalid_dpop_proof", /);
      const { requestId } = answer.body.error!;
      const records = await query(
        gateway,
        `select action, object_type, object_id, outcome from audit_records
         where request_id = '${requestId}'`,
      );
      expect(records).toEqual([
        {
          action: 'session.renewed',
          object_type: 'account',
          object_id: user.userId,
          outcome: 'invalid_dpop_proof',
        },
      ]);
      const lines = () =>
        gateway
          .log()
          .split('\n')
          .filter((line) => line.includes(requestId));
      await expect.poll(() => lines().join()).toContain('"auth.refused"');
    }
  });

  it('gets the same successor within the grace with the key, and is refused without', async () => {
    const user = await aBoundUser(gateway);
    const { data } = await renewWith(user, user.key);
    expect(refusal(await renewWith(user))).toEqual([401, 'invalid_dpop_proof']);
    expect(refusal(await renewWith(user, await aKey()))).toEqual([401, 'invalid_dpop_proof']);
    const retry = await renewWith(user, user.key);
    expect(retry.data.refreshToken).toBe(data.refreshToken);
    expect(claimsOf(retry.data.accessToken).cnf).toEqual({ jkt: user.key.thumbprint });
  });

  it('cannot bind an unbound session to the key of a thief', async () => {
    const user = await aUser(gateway);
    const { data } = await callWith<Tokens>(gateway, await aKey(), REFRESH, {
      body: { refreshToken: user.refreshToken },
    });
    expect(claimsOf(data.accessToken)).not.toHaveProperty('cnf');
    expect(data).not.toHaveProperty('tokenType');
  });
});

describe('a gateway that requires proofs', () => {
  let environment: Record<string, string>;
  let unbound: Tokens;
  let strict: Gateway;
  beforeAll(async () => {
    environment = { ...(await freshStorage()), JWT_SECRET: aSecret(), PASSWORD_PEPPER: aSecret() };
    const before = await startGateway({ environment });
    unbound = await aUser(before);
    await before.stop();
    strict = await startGateway({
      environment: { ...environment, DPOP: 'required' },
    });
  });

  it('refuses every public call that issues tokens without a proof', async () => {
    const calls = publicCallsWithTokens();
    expect(calls).toEqual(
      expect.arrayContaining(
        ['register', 'login', 'refresh', 'device'].map((way) => `/api/auth/${way}`),
      ),
    );
    for (const path of calls) {
      const answer = await call(strict, path, { body: {} });
      expect([path, ...refusal(answer)]).toEqual([path, 401, 'dpop_proof_required']);
      expect(answer.headers.get('www-authenticate')).toContain('algs="ES256 EdDSA Ed25519 PS256"');
    }
  });

  it('accepts calls with a proof', async () => {
    const user = await aBoundUser(strict);
    expect((await callWith(strict, user.key, ME, { token: user.token })).status).toBe(200);
  });

  it('refuses unbound tokens from before, and does not renew unbound sessions', async () => {
    const answer = await call(strict, ME, { token: unbound.accessToken });
    expect(refusal(answer)).toEqual([401, 'dpop_proof_required']);
    const renewal = await callWith(strict, await aKey(), REFRESH, {
      body: { refreshToken: unbound.refreshToken },
    });
    expect(refusal(renewal)).toEqual([401, 'invalid_refresh_token']);
    const { requestId } = renewal.body.error!;
    expect(
      await query(strict, `select object_id from audit_records where request_id = '${requestId}'`),
    ).toEqual([{ object_id: unbound.userId }]);
  });

  it('challenges unauthenticated calls with DPoP, not with Bearer', async () => {
    const answer = await call(strict, ME);
    expect(answer.headers.get('www-authenticate')).toMatch(/^DPoP algs=/);
    expect((await call(gateway, ME)).headers.get('www-authenticate')).toMatch(
      /^Bearer, DPoP algs=/,
    );
  });
});

describe('a gateway that requires nonces', () => {
  let strict: Gateway;
  beforeAll(async () => {
    strict = await startGateway({ environment: { DPOP_NONCE: 'required' } });
  });

  it('returns one with the refusal, and accepts the proof that carries it', async () => {
    const key = await aKey();
    const refused = await callWith(strict, key, '/api/auth/device', { body: {} });
    expect(refusal(refused)).toEqual([401, 'use_dpop_nonce']);
    expect(refused.headers.get('www-authenticate')).toMatch(/^DPoP error="use_dpop_nonce", algs="/);
    const nonce = refused.headers.get('dpop-nonce')!;
    const { data } = await callWith<Tokens>(strict, key, '/api/auth/device', { body: {}, nonce });
    const token = data.accessToken;
    const without = await callWith(strict, key, ME, { token });
    expect(refusal(without)).toEqual([401, 'use_dpop_nonce']);
    const answer = await callWith(strict, key, ME, { token, nonce });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('dpop-nonce')).toMatch(/^[\w-]{20,}$/);
  });

  it('refuses an invented nonce', async () => {
    const key = await aKey();
    const slot = String(Math.floor(now() / 150));
    const unkeyed = createHash('sha256').update(slot).digest('base64url');
    for (const nonce of ['nonce', slot, unkeyed]) {
      const answer = await callWith(strict, key, '/api/auth/device', { body: {}, nonce });
      expect(refusal(answer)).toEqual([401, 'use_dpop_nonce']);
    }
  });

  it('does not consume a proof without one', async () => {
    const key = await aKey();
    const url = `${strict.url}/api/auth/device`;
    const proof = await proofOf(key, 'POST', url);
    const show = () => call(strict, '/api/auth/device', { body: {}, headers: { DPoP: proof } });
    expect(refusal(await show())).toEqual([401, 'use_dpop_nonce']);
    expect(refusal(await show())).toEqual([401, 'use_dpop_nonce']);
  });
});

describe('pages of allowed origins', () => {
  it('may send proofs and read the challenges', async () => {
    const preflight = await call(gateway, ME, {
      method: 'OPTIONS',
      headers: { Origin: PAGE, 'Access-Control-Request-Method': 'GET' },
    });
    expect(preflight.headers.get('access-control-allow-headers')).toMatch(/\bDPoP\b/);
    const answer = await call(gateway, ME, { headers: { Origin: PAGE } });
    expect(answer.headers.get('access-control-expose-headers')).toMatch(/DPoP-Nonce, WWW-Auth/);
  });
});

/** The public calls that issue tokens, from the committed OpenAPI document, so that new ones are covered. */
function publicCallsWithTokens(): string[] {
  const { paths } = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
    paths: Record<string, { post?: { security?: unknown[]; responses: unknown } }>;
  };
  return Object.entries(paths).flatMap(([path, { post }]) =>
    post && !post.security?.length && JSON.stringify(post.responses).includes('/TokensView')
      ? [path]
      : [],
  );
}
