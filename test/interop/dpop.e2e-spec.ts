import { calculateThumbprint, generateKeyPair, generateProof, type JWSAlgorithm } from 'dpop';
import { call, type Tokens } from '../e2e/client.ts';
import { type Gateway, startGateway } from '../e2e/gateway.ts';

// Proofs by a library that knows nothing of this gateway (npm: dpop), as an app would make them.
let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ environment: { DPOP: 'required', DPOP_NONCE: 'required' } });
});

describe.each<JWSAlgorithm>(['ES256', 'Ed25519', 'PS256'])('an app with a key for %s', (alg) => {
  it('signs in, calls, renews and signs out', async () => {
    const keys = await generateKeyPair(alg);
    let nonce: string | undefined;

    /** One call as RFC 9449 §8 has it: with the last nonce, and once again if that was not good. */
    const send = async <Data>(method: string, path: string, token?: string, body?: unknown) => {
      const url = `${gateway.url}${path}`;
      for (let attempt = 1; ; attempt += 1) {
        const proof = await generateProof(keys, url, method, nonce, token);
        const headers = { DPoP: proof, ...(token ? { Authorization: `DPoP ${token}` } : {}) };
        const answer = await call<Data>(gateway, path, { method, body, headers });
        nonce = answer.headers.get('dpop-nonce') ?? nonce;
        if (answer.body.error?.code !== 'use_dpop_nonce' || attempt === 2) return answer;
      }
    };

    const { data } = await send<Tokens>('POST', '/api/auth/device', undefined, {});
    const [, claims] = data.accessToken.split('.');
    expect(JSON.parse(Buffer.from(claims!, 'base64url').toString())).toMatchObject({
      cnf: { jkt: await calculateThumbprint(keys.publicKey) },
    });
    expect((await send('GET', '/api/auth/me', data.accessToken)).status).toBe(200);
    expect((await send('GET', '/api/chat/conversations?limit=1', data.accessToken)).status).toBe(
      200,
    );
    const { refreshToken } = data;
    const renewal = await send<Tokens>('POST', '/api/auth/refresh', undefined, { refreshToken });
    const { accessToken } = renewal.data;
    expect((await send('GET', '/api/auth/me', accessToken)).status).toBe(200);
    expect((await send('POST', '/api/auth/logout', accessToken)).status).toBe(200);
    expect((await send('GET', '/api/auth/me', accessToken)).status).toBe(401);
  });
});
