import { type Answer, call, type Tokens } from '../../e2e/client.ts';
import { type Gateway, query, startGateway } from '../../e2e/gateway.ts';
import { aUserWithEmail, tokenFor } from './mailbox.ts';
import {
  aTotpUser,
  challengeOf,
  complete,
  confirm,
  enrol,
  forgetUsedCodes,
  noticesOf,
  stepUp,
  type TotpUser,
} from './second-factor-user.ts';
import { codeOf, wrongCode } from './totp-code.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});

const errorOf = ({ status, body }: Answer<unknown>) => [status, body.error?.code];
const isLocked = [429, 'too_many_attempts'];
const login = ({ username }: TotpUser, password: string, device?: object) =>
  call<Tokens>(gateway, '/api/auth/login', { body: { username, password, device } });
const change = (token: string, currentPassword: string) =>
  call(gateway, '/api/auth/password', {
    method: 'PUT',
    token,
    body: { currentPassword, newPassword: 'another fine password' },
  });

/** An attacker who has the password of the account, but not its second factor. */
async function guessCodes(user: TotpUser, times: number, code = wrongCode(user.secret)) {
  const challenge = await challengeOf(gateway, user);
  const answers = [];
  for (let n = 0; n < times; n += 1) answers.push(await complete(gateway, { challenge, code }));
  return answers.map(({ status }) => status);
}

describe('guesses at a second factor', () => {
  it('lock it for unknown devices, and not the password or known devices', async () => {
    const user = await aTotpUser(gateway);
    expect(await guessCodes(user, 6)).toEqual([401, 401, 401, 401, 401, 429]);
    const challenge = await challengeOf(gateway, user);
    const right = await complete(gateway, { challenge, code: codeOf(user.secret) });
    expect(errorOf(right)).toEqual(isLocked);
    await expect.poll(() => noticesOf(gateway, user)).toContain('account_locked');

    const known = await login(user, user.password, { token: user.deviceToken });
    const own = (known.body.error as unknown as { challenge: string }).challenge;
    const entered = await complete(gateway, { challenge: own, code: codeOf(user.secret) });
    expect(entered.status).toBe(200);
  });

  it('are not reset by wrong passwords, nor by right ones', async () => {
    const user = await aTotpUser(gateway);
    expect(await guessCodes(user, 3)).toEqual([401, 401, 401]);
    await login(user, 'a wrong guess');
    expect(await guessCodes(user, 3)).toEqual([401, 401, 429]);
  });

  it('stay counted when the password is reset by mail', async () => {
    const owner = await aUserWithEmail(gateway);
    const { secret } = (await enrol(gateway, owner)).data;
    const { recoveryCodes } = (await confirm(gateway, owner, codeOf(secret))).data;
    const user = { ...owner, secret, recoveryCodes };
    await forgetUsedCodes(gateway, user);
    await guessCodes(user, 5);

    const { email } = owner;
    await call(gateway, '/api/auth/password/forgot', { body: { email } });
    const token = await tokenFor(gateway, email, 2);
    const password = 'a wholly different horse';
    const reset = await call(gateway, '/api/auth/password/reset', { body: { token, password } });
    expect(reset.status).toBe(200);
    expect(await guessCodes({ ...user, password }, 1, codeOf(secret))).toEqual([429]);
  });
});

describe('guesses in a session', () => {
  it('stay counted when a step-up replaces the session', async () => {
    const user = await aTotpUser(gateway);
    let { token } = user;
    const guess = async () => (await change(token, 'a wrong guess')).status;
    expect([await guess(), await guess(), await guess()]).toEqual([401, 401, 401]);
    token = (await stepUp(gateway, { token }, { code: codeOf(user.secret) })).data.accessToken;
    expect([await guess(), await guess(), await guess()]).toEqual([401, 401, 429]);
    expect(errorOf(await change(token, user.password))).toEqual(isLocked);
  });

  it('lock one kind of credential on that device, and not the sign-in', async () => {
    const user = await aTotpUser(gateway);
    const { token } = user;
    const code = wrongCode(user.secret);
    for (let n = 0; n < 5; n += 1) await stepUp(gateway, user, { code });
    expect(errorOf(await stepUp(gateway, user, { code: codeOf(user.secret) }))).toEqual(isLocked);
    expect((await change(token, user.password)).status).toBe(200);
    const challenge = await challengeOf(gateway, { ...user, password: 'another fine password' });
    const entered = await complete(gateway, { challenge, code: codeOf(user.secret) });
    expect(entered.status).toBe(200);
    await forgetUsedCodes(gateway, user);
    const elsewhere = { token: entered.data.accessToken };
    expect((await stepUp(gateway, elsewhere, { code: codeOf(user.secret) })).status).toBe(200);
  });

  it('are deleted with the account, under every counter', async () => {
    const user = await aTotpUser(gateway);
    await query(gateway, 'delete from guess_counters');
    await guessCodes(user, 1);
    await login(user, 'a wrong guess');
    await login(user, 'a wrong guess', { token: user.deviceToken });
    await change(user.token, 'a wrong guess');
    await stepUp(gateway, user, { code: wrongCode(user.secret) });
    const counters = () => query(gateway, 'select counter_key from guess_counters');
    expect(await counters()).toHaveLength(5);
    await query(
      gateway,
      `update accounts set deletion_due_at = created_at where id = '${user.userId}'`,
    );
    await expect.poll(counters, { timeout: 60_000, interval: 250 }).toEqual([]);
  }, 120_000);
});
