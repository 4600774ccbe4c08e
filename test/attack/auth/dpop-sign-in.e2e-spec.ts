import { randomUUID } from 'node:crypto';
import { type Answer, call, type Tokens } from '../../e2e/client.ts';
import { aBoundUser, aKey, callWith, type DeviceKey, proofOf } from '../../e2e/device-key.ts';
import { type Gateway, startGateway } from '../../e2e/gateway.ts';
import { aTotpUser, complete, demandOf, type TotpUser } from './second-factor-user.ts';
import { codeOf } from './totp-code.ts';

const LOGIN = '/api/auth/login';
const SECOND_FACTOR = '/api/auth/login/second-factor';
const STEP_UP = '/api/auth/step-up';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});

const refusal = ({ status, body }: Answer<unknown>) => [status, body.error?.code];

const boundTo = (token: string) => {
  const claims = Buffer.from(token.split('.')[1]!, 'base64url').toString();
  return (JSON.parse(claims) as { cnf?: { jkt: string } }).cnf?.jkt;
};

describe('a login with a second factor', () => {
  /** The first step, with a proof if there is a key. */
  async function begin({ username, password }: TotpUser, key?: DeviceKey): Promise<string> {
    const body = { username, password };
    const answer = await (key
      ? callWith(gateway, key, LOGIN, { body })
      : call(gateway, LOGIN, { body }));
    expect(refusal(answer)).toEqual([401, 'second_factor_required']);
    return demandOf(answer).challenge;
  }

  it('binds the session to the key of both steps', async () => {
    const [user, key] = [await aTotpUser(gateway), await aKey()];
    const challenge = await begin(user, key);
    const body = { challenge, code: codeOf(user.secret) };
    const { data } = await callWith<Tokens>(gateway, key, SECOND_FACTOR, { body });
    expect(boundTo(data.accessToken)).toBe(key.thumbprint);
  });

  it('is not completed without the key of the first step, nor with another one', async () => {
    const [user, key] = [await aTotpUser(gateway), await aKey()];
    const challenge = await begin(user, key);
    const body = { challenge, code: codeOf(user.secret) };
    expect(refusal(await complete(gateway, body))).toEqual([401, 'invalid_challenge']);
    const withAnother = await callWith(gateway, await aKey(), SECOND_FACTOR, { body });
    expect(refusal(withAnother)).toEqual([401, 'invalid_challenge']);
    const options = await call(gateway, `${SECOND_FACTOR}/passkey-options`, {
      body: { challenge },
    });
    expect(refusal(options)).toEqual([401, 'invalid_challenge']);
    // None of these calls consumed the challenge or the code.
    expect((await callWith(gateway, key, SECOND_FACTOR, { body })).status).toBe(200);
  });

  it('cannot be bound to a key in the second step only', async () => {
    const user = await aTotpUser(gateway);
    const body = { challenge: await begin(user), code: codeOf(user.secret) };
    const withKey = await callWith(gateway, await aKey(), SECOND_FACTOR, { body });
    expect(refusal(withKey)).toEqual([401, 'invalid_challenge']);
    expect(boundTo((await complete(gateway, body)).data.accessToken)).toBeUndefined();
  });
});

describe('a step-up of a bound session', () => {
  it('keeps its key', async () => {
    const user = await aBoundUser(gateway);
    const { token, password } = user;
    const body = { password };
    const { data } = await callWith<Tokens>(gateway, user.key, STEP_UP, { token, body });
    expect(boundTo(data.accessToken)).toBe(user.key.thumbprint);
    expect(data).toMatchObject({ tokenType: 'DPoP' });
    const renewal = { body: { refreshToken: data.refreshToken } };
    expect(refusal(await call(gateway, '/api/auth/refresh', renewal))).toEqual([
      401,
      'invalid_dpop_proof',
    ]);
  });

  it('is refused without the key, even with the right password', async () => {
    const user = await aBoundUser(gateway);
    const { token, password } = user;
    const body = { password };
    const asBearer = await call(gateway, STEP_UP, { token, body });
    expect(refusal(asBearer)).toEqual([401, 'dpop_proof_required']);
    const withAnother = await callWith(gateway, await aKey(), STEP_UP, { token, body });
    expect(refusal(withAnother)).toEqual([401, 'invalid_dpop_proof']);
    expect((await callWith(gateway, user.key, STEP_UP, { token, body })).status).toBe(200);
  });
});

describe('an upgrade of an anonymous account', () => {
  const UPGRADE = '/api/auth/upgrade';
  const aName = () => ({
    username: `u-${randomUUID().slice(0, 8)}`,
    password: `pw ${randomUUID()}`,
  });
  const aDevice = async () =>
    (await call<Tokens>(gateway, '/api/auth/device', { body: {} })).data.accessToken;

  it('binds the new session if it has a proof', async () => {
    const key = await aKey();
    const { data } = await call<Tokens>(gateway, UPGRADE, {
      token: await aDevice(),
      body: aName(),
      headers: { DPoP: await proofOf(key, 'POST', gateway.url + UPGRADE) },
    });
    expect(boundTo(data.accessToken)).toBe(key.thumbprint);
  });

  it('is refused without effect with a wrong proof', async () => {
    const token = await aDevice();
    const proof = await proofOf(await aKey(), 'GET', gateway.url + UPGRADE);
    for (const wrong of ['proof', proof]) {
      const answer = await call(gateway, UPGRADE, {
        token,
        body: aName(),
        headers: { DPoP: wrong },
      });
      expect(refusal(answer)).toEqual([401, 'invalid_dpop_proof']);
    }
    const { data } = await call<Tokens>(gateway, UPGRADE, { token, body: aName() });
    expect(boundTo(data.accessToken)).toBeUndefined();
  });
});
