import { aUser, call, type Tokens } from '../../e2e/client.ts';
import { type Gateway, startGateway } from '../../e2e/gateway.ts';

let gateway: Gateway;
beforeAll(async () => {
  // Empty: the default, as a deployment has it. Locks come later here, as they are not what is tested.
  gateway = await startGateway({ environment: { LIMIT_LOGIN: '', LOCKOUT_AFTER: '100' } });
});

const login = (username: string, password: string, token?: string) =>
  call<Tokens>(gateway, '/api/auth/login', {
    body: { username, password, ...(token ? { device: { token } } : {}) },
  });
const outcome = async (...given: Parameters<typeof login>) => {
  const { status, body } = await login(...given);
  return [status, body.error?.code];
};

describe('the limit of sign-ins, used up by somebody behind the same address', () => {
  it('is not that of a phone that is known to the account', async () => {
    const { username, password, deviceToken } = await aUser(gateway);
    for (let n = 0; n < 5; n += 1) await login(username, 'a wrong guess');
    expect(await outcome(username, password)).toEqual([429, 'rate_limited']);
    expect(await outcome(username, password, deviceToken)).toEqual([200, undefined]);
    expect(await outcome(username, password)).toEqual([429, 'rate_limited']);
  });

  it('is not walked around by a token that is invented, or known to another account', async () => {
    const [{ username, password }, eve] = [await aUser(gateway), await aUser(gateway)];
    for (let n = 0; n < 5; n += 1) await login(username, 'a wrong guess');
    for (const token of ['x'.repeat(43), eve.deviceToken, 'y'.repeat(5000)]) {
      expect(await outcome(username, password, token)).toEqual([429, 'rate_limited']);
    }
  });

  it('bounds the known phone as well, by a count of its own', async () => {
    const { username, password, deviceToken } = await aUser(gateway);
    for (let n = 0; n < 5; n += 1) {
      expect(await outcome(username, 'a wrong guess', deviceToken)).toEqual([
        401,
        'invalid_credentials',
      ]);
    }
    expect(await outcome(username, password, deviceToken)).toEqual([429, 'rate_limited']);
    expect(await outcome(username, password)).toEqual([200, undefined]);
  });
});
