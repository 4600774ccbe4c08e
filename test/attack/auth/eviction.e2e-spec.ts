import { aUser, call, type Tokens, type User } from '../../e2e/client.ts';
import { type Gateway, startGateway } from '../../e2e/gateway.ts';
import { anAddress, aUserWithEmail, tokenFor } from './mailbox.ts';

let gateway: Gateway;
beforeAll(async () => {
  // These tests attack with concurrent sign-ins, not with guesses. Hashes take their time, so that sign-ins wait.
  gateway = await startGateway({ environment: { LOCKOUT_AFTER: '100', PASSWORD_COST: '11' } });
});

const NEW_PASSWORD = 'another fine password';

const login = ({ username, password }: User) =>
  call<Tokens>(gateway, '/api/auth/login', { body: { username, password } });
const statusOf = async (token: string) => (await call(gateway, '/api/auth/me', { token })).status;
const logoutAll = ({ token }: Pick<User, 'token'>) =>
  call(gateway, '/api/auth/logout-all', { method: 'POST', token });
const changePassword = ({ token, password: currentPassword }: User) =>
  call(gateway, '/api/auth/password', {
    method: 'PUT',
    token,
    body: { currentPassword, newPassword: NEW_PASSWORD },
  });
const endOthers = async (user: User) => {
  const path = '/api/auth/sessions';
  const { data } = await call<{ sessionId: string; isCurrent: boolean }[]>(gateway, path, {
    token: user.token,
  });
  for (const { sessionId, isCurrent } of data) {
    if (isCurrent) continue;
    await call(gateway, `${path}/${sessionId}`, { method: 'DELETE', token: user.token });
  }
};

describe('a sign-in in progress while the owner revokes all access', () => {
  it('opens no session', async () => {
    const owner = await aUser(gateway);
    // With a database connection for each, all of them begin before the first response.
    await Promise.all(Array.from({ length: 20 }, () => call(gateway, '/health/ready')));
    // More than there are threads: most of them wait for their hash during the first response.
    const attempts = Array.from({ length: 20 }, () => login(owner));
    await Promise.race(attempts);
    expect((await logoutAll(owner)).status).toBe(200);
    for (const { status, body } of await Promise.all(attempts)) {
      if (status === 200) expect(await statusOf(body.data!.accessToken)).toBe(401);
      else expect([status, body.error?.code]).toEqual([401, 'invalid_credentials']);
    }
  });

  it('is not kept by a concurrent step-up with the password', async () => {
    for (let round = 0; round < 10; round += 1) {
      const owner = await aUser(gateway);
      const { data: thief } = await login(owner);
      const body = { password: owner.password };
      const [proved] = await Promise.all([
        call<Tokens>(gateway, '/api/auth/step-up', { token: thief.accessToken, body }),
        logoutAll(owner),
      ]);
      if (proved.status === 200) expect(await statusOf(proved.data.accessToken)).toBe(401);
      expect(await statusOf(thief.accessToken)).toBe(401);
    }
  });
});

describe('an address that an attacker set in a stolen session', () => {
  it.each([
    ['a new password', changePassword],
    ['signing everything out', logoutAll],
    ['ending that session', endOthers],
  ])('is void after %s', async (_, takeBack) => {
    const owner = await aUserWithEmail(gateway);
    const { data: thief } = await login(owner);
    const email = anAddress();
    const named = { method: 'PUT', token: thief.accessToken, body: { email } };
    expect((await call(gateway, '/api/auth/email', named)).status).toBe(200);
    const token = await tokenFor(gateway, email);
    await takeBack(owner);
    const mine = takeBack === changePassword ? { ...owner, password: NEW_PASSWORD } : owner;
    const { data: again } = await login(mine);
    const answer = await call(gateway, '/api/auth/email/verify', {
      token: again.accessToken,
      body: { token },
    });
    expect([answer.status, answer.body.error?.code]).toEqual([400, 'invalid_email_token']);
  });
});
