import { randomUUID } from 'node:crypto';
import { type Answer, call, type Tokens } from '../../e2e/client.ts';
import { aBoundUser, aKey, callWith, now, proofOf } from '../../e2e/device-key.ts';
import { aSecret, freePort, freshStorage, type Gateway, startGateway } from '../../e2e/gateway.ts';

// Some of these tests start gateways as separate processes.
vi.setConfig({ testTimeout: 120_000 });

const ME = '/api/auth/me';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});

/** A call with exactly these headers. */
const rawMe = (headers: Record<string, string>) => call(gateway, ME, { headers });

const refusal = ({ status, body }: Answer<unknown>) => [status, body.error?.code];

describe('a replayed proof', () => {
  it('is refused, at a call and at a sign-in', async () => {
    const user = await aBoundUser(gateway);
    const proof = await proofOf(user.key, 'GET', gateway.url + ME, { token: user.token });
    const headers = { Authorization: `DPoP ${user.token}`, DPoP: proof };
    expect((await rawMe(headers)).status).toBe(200);
    expect(refusal(await rawMe(headers))).toEqual([401, 'invalid_dpop_proof']);

    const login = await proofOf(user.key, 'POST', `${gateway.url}/api/auth/login`);
    const body = { username: user.username, password: user.password };
    const signIn = () => call(gateway, '/api/auth/login', { body, headers: { DPoP: login } });
    expect((await signIn()).status).toBe(200);
    expect(refusal(await signIn())).toEqual([401, 'invalid_dpop_proof']);
  });

  it('is accepted once of forty concurrent calls', async () => {
    const user = await aBoundUser(gateway);
    const proof = await proofOf(user.key, 'GET', gateway.url + ME, { token: user.token });
    const headers = { Authorization: `DPoP ${user.token}`, DPoP: proof };
    const answers = await Promise.all(Array.from({ length: 40 }, () => rawMe(headers)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('is not the proof of another phone with the same jti', async () => {
    const jti = randomUUID();
    for (const user of [await aBoundUser(gateway), await aBoundUser(gateway)]) {
      const proof = await proofOf(user.key, 'GET', gateway.url + ME, {
        token: user.token,
        claims: { jti },
      });
      const answer = await rawMe({ Authorization: `DPoP ${user.token}`, DPoP: proof });
      expect(answer.status).toBe(200);
    }
  });

  it('is refused after a restart of the process', async () => {
    const environment = { ...(await freshStorage()), PORT: String(await freePort()) };
    const before = await startGateway({ environment });
    const user = await aBoundUser(before);
    const proof = await proofOf(user.key, 'GET', before.url + ME, { token: user.token });
    const madeAt = now();
    const headers = { Authorization: `DPoP ${user.token}`, DPoP: proof };
    expect((await call(before, ME, { headers })).status).toBe(200);
    await before.kill();
    // `iat` and the start of the process have a precision of a second.
    await vi.waitUntil(() => now() > madeAt, 5_000);
    const after = await startGateway({ environment });
    expect(refusal(await call(after, ME, { headers }))).toEqual([401, 'invalid_dpop_proof']);
    const fresh = await callWith(after, user.key, ME, { token: user.token });
    expect(fresh.status).toBe(200);
  });
});

const redisUrl = process.env.E2E_REDIS_URL;

// Redis counts as unreachable after 250 ms; on a slow machine that changes the scenario, so the test is retried.
describe.runIf(process.env.E2E_DATABASE_URL && redisUrl)('two instances', { retry: 2 }, () => {
  it('accept a proof once between them, and share nonces', async () => {
    const environment = {
      ...(await freshStorage()),
      JWT_SECRET: aSecret(),
      PASSWORD_PEPPER: aSecret(),
      REDIS_URL: redisUrl!,
      DPOP_NONCE: 'required',
      PUBLIC_URL: 'https://api.example.org',
    };
    const instances = await Promise.all([
      startGateway({ environment }),
      startGateway({ environment }),
    ]);
    const url = 'https://api.example.org/api/auth/device';
    const key = await aKey();
    const start = (instance: Gateway, proof: string) =>
      call<Tokens>(instance, '/api/auth/device', { body: {}, headers: { DPoP: proof } });
    const refused = await start(instances[0], await proofOf(key, 'POST', url));
    const nonce = refused.headers.get('dpop-nonce')!;
    const proof = await proofOf(key, 'POST', url, { nonce });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => start(instances[n % 2]!, proof)),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const again = await proofOf(key, 'POST', url, { nonce });
    expect((await start(instances[1], again)).status).toBe(201);
    expect(refusal(await start(instances[0], again))).toEqual([401, 'invalid_dpop_proof']);
    // Redis knows the proofs used before these processes started, so proofs from before are not refused.
    const slow = await proofOf(key, 'POST', url, { nonce, claims: { iat: now() - 50 } });
    expect((await start(instances[0], slow)).status).toBe(201);
  });

  it('accept a proof once between them while Redis is unreachable', async () => {
    const environment = {
      ...(await freshStorage()),
      JWT_SECRET: aSecret(),
      PASSWORD_PEPPER: aSecret(),
      REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
      PUBLIC_URL: 'https://api.example.org',
    };
    const start = (REDIS_URL?: string) =>
      startGateway({
        environment: { ...environment, ...(REDIS_URL ? { REDIS_URL } : {}) },
      });
    const alone = [await start(), await start()];
    const served = await start(redisUrl!);
    const url = `${environment.PUBLIC_URL}/api/auth/device`;
    const key = await aKey();
    const show = async (instance: Gateway, proof: string) =>
      (await call(instance, '/api/auth/device', { body: {}, headers: { DPoP: proof } })).status;
    // The first call announces in the database that an instance is without Redis.
    await show(alone[0]!, await proofOf(key, 'POST', url));
    const instances = [...alone, served];
    for (const first of instances) {
      const proof = await proofOf(key, 'POST', url);
      const others = instances.filter((instance) => instance !== first);
      expect(await show(first, proof)).toBe(201);
      for (const other of others) expect(await show(other, proof)).toBe(401);
    }
  });
});
