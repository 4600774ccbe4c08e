import { aUser, call, type Tokens } from '../../e2e/client.ts';
import { type Gateway, query, startGateway } from '../../e2e/gateway.ts';
import { aTotpUser, challengeOf, complete } from './second-factor-user.ts';
import { codeOf, wrongCode } from './totp-code.ts';

let gateway: Gateway;
/** A gateway with all defaults, including the lock. */
let locking: Gateway;
beforeAll(async () => {
  // Empty selects the default. Locks start later, because they are not under test.
  gateway = await startGateway({ environment: { LIMIT_LOGIN: '', LOCKOUT_AFTER: '100' } });
  locking = await startGateway({ environment: { LIMIT_LOGIN: '' } });
});

const login = (username: string, password: string, token?: string, at = gateway) =>
  call<Tokens>(at, '/api/auth/login', {
    body: { username, password, ...(token ? { device: { token } } : {}) },
  });
const outcome = async (...given: Parameters<typeof login>) => {
  const { status, body } = await login(...given);
  return [status, body.error?.code];
};

describe('the sign-in limit, exhausted by another client at the same address', () => {
  it('does not apply to a known device of the account', async () => {
    const { username, password, deviceToken } = await aUser(gateway);
    for (let n = 0; n < 5; n += 1) await login(username, 'a wrong guess');
    expect(await outcome(username, password)).toEqual([429, 'rate_limited']);
    expect(await outcome(username, password, deviceToken)).toEqual([200, undefined]);
    expect(await outcome(username, password)).toEqual([429, 'rate_limited']);
  });

  it('is not bypassed by an invented device token, or one of another account', async () => {
    const [{ username, password }, eve] = [await aUser(gateway), await aUser(gateway)];
    for (let n = 0; n < 5; n += 1) await login(username, 'a wrong guess');
    for (const token of ['x'.repeat(43), eve.deviceToken, 'y'.repeat(5000)]) {
      expect(await outcome(username, password, token)).toEqual([429, 'rate_limited']);
    }
  });

  it('is not bypassed by characters that are trimmed from a username', async () => {
    const { username, password } = await aUser(gateway);
    const around = ['', ' ', '\u00a0', '\u200b\n', ' '.repeat(300)];
    for (const text of around) await login(`${text}${username}${text}`, 'a wrong guess');
    for (const text of around) {
      expect(await outcome(`${username}${text}`, password)).toEqual([429, 'rate_limited']);
    }
  });

  it('recognizes the known device with whitespace around its username and token', async () => {
    const { username, password, deviceToken } = await aUser(gateway);
    for (let n = 0; n < 5; n += 1) await login(username, 'a wrong guess');
    expect(await outcome(` ${username}\n`, password, ` ${deviceToken}\n`)).toEqual([
      200,
      undefined,
    ]);
  });

  it('applies to the known device too, with a separate count', async () => {
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

describe('a success', () => {
  it('does not count towards the limit of failures', async () => {
    const { username, password } = await aUser(gateway);
    for (let n = 0; n < 12; n += 1) {
      expect(await outcome(username, password)).toEqual([200, undefined]);
    }
    for (let n = 0; n < 5; n += 1) {
      expect(await outcome(username, 'a wrong guess')).toEqual([401, 'invalid_credentials']);
      if (n < 4) expect(await outcome(username, password)).toEqual([200, undefined]);
    }
    expect(await outcome(username, password)).toEqual([429, 'rate_limited']);
  });

  it('includes a right password that requires a second factor', async () => {
    const user = await aTotpUser(gateway);
    for (let n = 0; n < 8; n += 1) {
      expect(await outcome(user.username, user.password)).toEqual([401, 'second_factor_required']);
    }
  });

  it('leaves exactly as many concurrent guesses as the limit allows', async () => {
    const { username, password } = await aUser(gateway);
    for (let n = 0; n < 3; n += 1) await login(username, password);
    const statuses = await Promise.all(
      Array.from({ length: 60 }, async (_, n) => (await login(username, `wrong ${n}`)).status),
    );
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(55);
  });
});

describe('the documented lock, with every default', () => {
  const waitOf = (answer: Awaited<ReturnType<typeof login>>) =>
    Number(answer.headers.get('retry-after'));
  const unlock = () => query(locking, 'update guess_counters set locked_until = 1');

  it('starts at the sixth attempt from one address, and the right password is accepted after it', async () => {
    const { username, password } = await aUser(locking);
    const at = (secret: string) => login(username, secret, undefined, locking);
    for (let n = 0; n < 5; n += 1) expect((await at('a wrong guess')).status).toBe(401);
    const waits = [];
    for (let lock = 0; lock < 4; lock += 1) {
      const locked = await at(password);
      expect([locked.status, locked.body.error?.code]).toEqual([429, 'too_many_attempts']);
      waits.push(waitOf(locked));
      await unlock();
      if (lock < 3) expect((await at('a wrong guess')).status).toBe(401);
    }
    expect(waits[0]).toBeLessThanOrEqual(30);
    for (const [n, wait] of waits.slice(1).entries()) expect(wait).toBeGreaterThan(waits[n]! * 1.5);
    expect((await at(password)).status).toBe(200);
  });

  it('applies to wrong codes of one login as well', async () => {
    const user = await aTotpUser(locking);
    const challenge = await challengeOf(locking, user);
    const code = wrongCode(user.secret);
    for (let n = 0; n < 5; n += 1) {
      expect((await complete(locking, { challenge, code })).status).toBe(401);
    }
    const locked = await complete(locking, { challenge, code });
    expect([locked.status, locked.body.error?.code]).toEqual([429, 'too_many_attempts']);
    await unlock();
    const right = await complete(locking, { challenge, code: codeOf(user.secret) });
    expect(right.status).toBe(200);
  });
});
