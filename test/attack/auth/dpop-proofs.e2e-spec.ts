import { createHmac, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { exportJWK } from 'jose';
import { type Answer, call, type Tokens } from '../../e2e/client.ts';
import { aBoundUser, aKey, type BoundUser, callWith, now, proofOf } from '../../e2e/device-key.ts';
import { type Gateway, startGateway } from '../../e2e/gateway.ts';

// Some of these tests start gateways as separate processes.
vi.setConfig({ testTimeout: 120_000 });

const ME = '/api/auth/me';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});

const me = (user: BoundUser) => callWith(gateway, user.key, ME, { token: user.token });

/** A call with exactly these headers. */
const rawMe = (headers: Record<string, string>) => call(gateway, ME, { headers });

const refusal = ({ status, body }: Answer<unknown>) => [status, body.error?.code];

describe('a proof that does not match the request', () => {
  let user: BoundUser;
  beforeAll(async () => {
    user = await aBoundUser(gateway);
  });

  const url = () => gateway.url + ME;
  const proof = (options: Parameters<typeof proofOf>[3] = {}, method = 'GET', address = url()) =>
    proofOf(user.key, method, address, { token: user.token, ...options });
  const show = (value: string) => rawMe({ Authorization: `DPoP ${user.token}`, DPoP: value });
  const bytes = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  const WRONG: Record<string, () => Promise<string>> = {
    'for another method': () => proof({}, 'POST'),
    'for a method in lower case': () => proof({}, 'get'),
    'for another path': () => proof({}, 'GET', `${gateway.url}/api/auth/sessions`),
    'for a longer path': () => proof({}, 'GET', `${url()}/`),
    'for another host': () => proof({}, 'GET', `http://gateway.example${ME}`),
    'for another port': () => proof({}, 'GET', `http://127.0.0.1:1${ME}`),
    'for another scheme': () => proof({}, 'GET', url().replace('http:', 'https:')),
    'for an address with a user in it': () => proof({}, 'GET', url().replace('//', '//me@')),
    'for a path without a host': () => proof({}, 'GET', ME),
    'without the hash of the token': () => proof({ token: undefined }),
    'with the hash of another token': () => proof({ token: `${user.token}x` }),
    'from more than a minute ago': () => proof({ claims: { iat: now() - 70 } }),
    'from more than ten seconds ahead': () => proof({ claims: { iat: now() + 20 } }),
    'without iat': () => proof({ claims: { iat: undefined } }),
    'with a string for iat': () => proof({ claims: { iat: String(now()) } }),
    'that is not valid yet': () => proof({ claims: { nbf: now() + 20 } }),
    'with a string for nbf': () => proof({ claims: { nbf: 'now' } }),
    'that has expired by its exp': () => proof({ claims: { exp: now() - 1 } }),
    'without an id': () => proof({ claims: { jti: undefined } }),
    'with an empty id': () => proof({ claims: { jti: '' } }),
    'with an id that is not a string': () => proof({ claims: { jti: 7 } }),
    'with an id that is too long': () => proof({ claims: { jti: 'x'.repeat(2_000) } }),
    'of another type': () => proof({ header: { typ: 'JWT' } }),
    'of no type': () => proof({ header: { typ: undefined } }),
    'with an unknown critical header': () => proof({ header: { crit: ['x'], x: 1 } }),
    'without its key': () => proof({ header: { jwk: undefined } }),
    'with the key of another device': async () => {
      const { jwk } = await aKey();
      return proof({ header: { jwk } });
    },
    'with its private key': async () =>
      proof({ header: { jwk: { ...(await exportJWK(user.key.privateKey)) } } }),
    'with a changed signature': async () => {
      const parts = (await proof()).split('.');
      return [parts[0], parts[1], (await proof()).split('.')[2]].join('.');
    },
    'with alg none': async () => {
      const [, claims] = (await proof()).split('.');
      return `${bytes({ typ: 'dpop+jwt', alg: 'none', jwk: user.key.jwk })}.${claims}.`;
    },
    'with alg none and some signature': async () => {
      const [, claims, signature] = (await proof()).split('.');
      return `${bytes({ typ: 'dpop+jwt', alg: 'none', jwk: user.key.jwk })}.${claims}.${signature}`;
    },
    'with a shared secret as its key': async () => {
      const secret = randomBytes(32);
      const jwk = { kty: 'oct', k: secret.toString('base64url') };
      const [, claims] = (await proof()).split('.');
      const signed = `${bytes({ typ: 'dpop+jwt', alg: 'HS256', jwk })}.${claims}`;
      return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
    },
    'that is the access token': () => Promise.resolve(user.token),
    'that is not a JWT': () => Promise.resolve('proof'),
    'that is too long': () => proof({ claims: { extra: 'x'.repeat(5_000) } }),
    'that is two': async () => `${await proof()}, ${await proof()}`,
  };

  it.each(Object.keys(WRONG))('is refused: one %s', async (name) => {
    const answer = await show(await WRONG[name]!());
    expect(refusal(answer)).toEqual([401, 'invalid_dpop_proof']);
    expect(answer.headers.get('www-authenticate')).toMatch(
      /^DPoP error="invalid_dpop_proof", algs="/,
    );
  });

  it('does not use up the proof that matches', async () => {
    expect((await me(user)).status).toBe(200);
  });

  it('is refused: one in two headers', async () => {
    const token = `DPoP ${user.token}`;
    const two = [await proof(), await proof()];
    expect(await rawStatus({ authorization: token, dpop: two })).toBe(401);
    expect(await rawStatus({ authorization: token, dpop: [await proof(), ''] })).toBe(401);
    expect(await rawStatus({ authorization: token, dpop: [await proof()] })).toBe(200);
  });

  it('is refused at a sign-in too, not ignored', async () => {
    const address = `${gateway.url}/api/auth/login`;
    const body = { username: user.username, password: user.password };
    for (const wrong of ['proof', await proofOf(user.key, 'GET', address)]) {
      const answer = await call(gateway, '/api/auth/login', { body, headers: { DPoP: wrong } });
      expect(refusal(answer)).toEqual([401, 'invalid_dpop_proof']);
    }
  });

  it.each(['ES384', 'RS256'])(
    'is refused at a sign-in: one signed with %s, which is not allowed',
    async (alg) => {
      const answer = await callWith(gateway, await aKey(alg), '/api/auth/device', { body: {} });
      expect(refusal(answer)).toEqual([401, 'invalid_dpop_proof']);
    },
  );

  it.each([
    ['query', '?page=1'],
    ['fragment', '#top'],
  ])('does not include a proof with a %s in htu', async (_, suffix) => {
    expect((await show(await proof({}, 'GET', url() + suffix))).status).toBe(200);
  });

  it('does not include a proof from a clock a few seconds ahead', async () => {
    const claims = { iat: now() + 5, nbf: now() + 5, exp: now() + 65 };
    expect((await show(await proof({ claims }))).status).toBe(200);
  });

  it.each([
    ['nbf', { nbf: now() + 3_600 }],
    ['exp', { exp: now() - 30 }],
    ['iat', { iat: now() - 3_600 }],
    ['jti', { jti: undefined }],
    ['htm', { htm: undefined }],
  ])('is refused with a message that names the flaw: %s', async (claim, claims) => {
    const answer = await show(await proof({ claims }));
    expect(answer.body.error?.message).toContain(claim);
    expect(answer.body.error?.message).not.toContain('one signed JWT');
  });
});

describe('a forged Host', () => {
  const forged = 'gateway.example';

  it('does not make a proof for another server match', async () => {
    const user = await aBoundUser(gateway);
    const proof = () => proofOf(user.key, 'GET', `http://${forged}${ME}`, { token: user.token });
    const authorization = `DPoP ${user.token}`;
    const asHost = { authorization, dpop: [await proof()], host: forged };
    expect(await rawStatus(asHost)).toBe(401);
    const asForwarded = { authorization, dpop: [await proof()], 'x-forwarded-host': forged };
    expect(await rawStatus(asForwarded)).toBe(401);
    const asTarget = { authorization, dpop: [await proof()] };
    // Refused before the proof is verified: it names another host than `Host`.
    expect(await rawStatus(asTarget, `http://${forged}${ME}`)).toBe(400);
    expect(await rawStatus({ ...asTarget, host: forged }, `http://${forged}${ME}`)).toBe(401);
  });

  it('has no effect with a configured PUBLIC_URL', async () => {
    const publicUrl = 'https://api.example.org';
    const configured = await startGateway({
      environment: { PUBLIC_URL: publicUrl },
    });
    const key = await aKey();
    const start = async (origin: string) =>
      call<Tokens>(configured, '/api/auth/device', {
        body: {},
        headers: { DPoP: await proofOf(key, 'POST', `${origin}/api/auth/device`) },
      });
    expect((await start(publicUrl)).status).toBe(201);
    expect((await start('https://API.example.org:443')).status).toBe(201);
    expect(refusal(await start(configured.url))).toEqual([401, 'invalid_dpop_proof']);
    expect(refusal(await start('http://api.example.org'))).toEqual([401, 'invalid_dpop_proof']);
  });

  it('has no effect behind a proxy that strips a path: the proof names the URI that the phone calls', async () => {
    const configured = await startGateway({
      environment: { PUBLIC_URL: 'HTTPS://H.example:443/gw/' },
    });
    const key = await aKey();
    const start = async (base: string) =>
      call<Tokens>(configured, '/api/auth/device', {
        body: {},
        headers: { DPoP: await proofOf(key, 'POST', `${base}/api/auth/device`) },
      });
    expect((await start('https://h.example/gw')).status).toBe(201);
    for (const other of ['https://h.example', 'https://h.example/gwx', 'https://evil.example/gw']) {
      expect(refusal(await start(other))).toEqual([401, 'invalid_dpop_proof']);
    }
  });
});

/** A GET whose headers and target are sent unchanged, unlike those of fetch. */
function rawStatus(
  headers: Record<string, string | string[]>,
  path = ME,
): Promise<number | undefined> {
  const { hostname, port } = new URL(gateway.url);
  return new Promise((done, fail) => {
    request({ hostname, port, path, headers }, (response) => {
      response.resume().once('end', () => done(response.statusCode));
    })
      .once('error', fail)
      .end();
  });
}
