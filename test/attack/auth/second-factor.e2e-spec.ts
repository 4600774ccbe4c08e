import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { aUser, type Answer, call } from '../../e2e/client.ts';
import { type Gateway, query, startGateway } from '../../e2e/gateway.ts';
import {
  aTotpUser,
  challengeOf,
  complete,
  confirm,
  demandOf,
  enrol,
  forgetProofs,
  forgetUsedCodes,
  login,
  momentOf,
  noticesOf,
  stepUp,
  type TotpUser,
} from './second-factor-user.ts';
import { codeOf, timeStep, untilStepLasts, wrongCode } from './totp-code.ts';

/**
 * High enough for twenty at once to get past the counter of failures, though each may count twice while it is under way:
 * what stops them must be the code itself.
 */
const LOCKOUT_AFTER = 40;

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ environment: { LOCKOUT_AFTER: String(LOCKOUT_AFTER) } });
});

const errorOf = ({ status, body }: Answer<unknown>) => [status, body.error?.code];
const refusedProof = [401, 'invalid_second_factor'];
const refusedChallenge = [401, 'invalid_challenge'];
const me = (token: string) => call(gateway, '/api/auth/me', { token });
const stateOf = async ({ token }: { token: string }) =>
  (await call(gateway, '/api/auth/2fa', { token })).data;
const turnOff = ({ token }: { token: string }) =>
  call(gateway, '/api/auth/2fa/totp', { method: 'DELETE', token });

/** Signs in with both factors. */
async function signIn(user: TotpUser, proof: Record<string, unknown>) {
  return complete(gateway, { challenge: await challengeOf(gateway, user), ...proof });
}

/**
 * How many guesses are tested before the lock: many at once, then one by one. A guess that is counted and still under
 * way counts twice, so the many may end below the bound.
 */
async function testedBeforeLock(guess: () => Promise<Answer<unknown>>): Promise<number> {
  const answers = await Promise.all(Array.from({ length: LOCKOUT_AFTER + 15 }, guess));
  let tested = answers.filter(({ status }) => status === 401).length;
  while ((await guess()).status === 401) tested += 1;
  return tested;
}

describe('turning codes on', () => {
  it('gives the secret as text, as an address for the authenticator app and as a QR code', async () => {
    const user = await aUser(gateway);
    const { secret, uri, qr } = (await enrol(gateway, user)).data;
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    const address = new URL(uri);
    expect(decodeURIComponent(address.pathname)).toContain(`MCP Gateway:${user.username}`);
    expect(address.searchParams.get('secret')).toBe(secret);
    const image = Buffer.from(qr.replace('data:image/png;base64,', ''), 'base64');
    expect(image.subarray(1, 4).toString()).toBe('PNG');
  });

  it('changes nothing until a code confirms it', async () => {
    const user = await aUser(gateway);
    const { secret } = (await enrol(gateway, user)).data;
    expect(await stateOf(user)).toMatchObject({ isOn: false, totp: false, recoveryCodesLeft: 0 });
    expect((await login(gateway, user)).status).toBe(200);
    expect(errorOf(await confirm(gateway, user, wrongCode(secret)))).toEqual(refusedProof);
    expect((await login(gateway, user)).status).toBe(200);
    const early = await stepUp(gateway, user, { code: codeOf(secret) });
    expect(errorOf(early)).toEqual([403, 'step_up_required']);
  });

  it('gives ten recovery codes, signs the other devices out and tells the owner', async () => {
    const user = await aUser(gateway);
    const other = await login(gateway, user);
    const { secret } = (await enrol(gateway, user)).data;
    const { recoveryCodes, tokens } = (await confirm(gateway, user, codeOf(secret))).data;
    const owner = { token: tokens.accessToken };
    expect(new Set(recoveryCodes).size).toBe(10);
    expect(await stateOf(owner)).toEqual({
      isOn: true,
      totp: true,
      passkeys: 0,
      recoveryCodesLeft: 10,
    });
    expect(errorOf(await me(other.data.accessToken))).toEqual([401, 'session_ended']);
    const renewal = { body: { refreshToken: other.data.refreshToken } };
    expect((await call(gateway, '/api/auth/refresh', renewal)).status).toBe(401);
    expect(await noticesOf(gateway, owner)).toContain('second_factor_on');
    // Nor does a copy of the tokens that asked for it share in the proof.
    expect(errorOf(await me(user.token))).toEqual([401, 'session_ended']);
  });

  it('needs a fresh proof of the password for its confirmation as well', async () => {
    const user = await aUser(gateway);
    const { secret } = (await enrol(gateway, user)).data;
    await forgetProofs(gateway, user);
    const late = await confirm(gateway, user, codeOf(secret));
    expect(errorOf(late)).toEqual([403, 'step_up_required']);
    expect((await stateOf(user)).isOn).toBe(false);
  });

  it('takes the code of the newest secret only, and none after a quarter of an hour', async () => {
    const user = await aUser(gateway);
    const first = (await enrol(gateway, user)).data.secret;
    const second = (await enrol(gateway, user)).data.secret;
    expect(errorOf(await confirm(gateway, user, codeOf(first)))).toEqual(refusedProof);
    const past = momentOf(gateway, Date.now() - 16 * 60_000);
    await query(
      gateway,
      `update totp_secrets set created_at = ${past} where account_id = '${user.userId}'`,
    );
    expect(errorOf(await confirm(gateway, user, codeOf(second)))).toEqual([
      409,
      'second_factor_off',
    ]);
  });

  it('refuses a second secret beside the first', async () => {
    const user = await aTotpUser(gateway);
    expect(errorOf(await enrol(gateway, user))).toEqual([409, 'second_factor_on']);
  });

  it('needs a fresh proof of the password: a stolen access token turns nothing on', async () => {
    const user = await aUser(gateway);
    await forgetProofs(gateway, user);
    expect(errorOf(await enrol(gateway, user))).toEqual([403, 'step_up_required']);
  });

  it('keeps neither secret nor recovery codes in the clear', async () => {
    const user = await aTotpUser(gateway);
    const rows = JSON.stringify([
      await query(gateway, 'select * from totp_secrets'),
      await query(gateway, 'select * from recovery_codes'),
      await query(gateway, 'select * from auth_challenges'),
    ]);
    const folder = gateway.environment.DATA_DIR!;
    const files = readdirSync(folder)
      .filter((name) => name.startsWith('gateway.sqlite'))
      .map((name) => readFileSync(join(folder, name), 'latin1'));
    const clear = [
      user.secret,
      ...user.recoveryCodes,
      ...user.recoveryCodes.map((code) => code.replaceAll('-', '')),
    ];
    for (const text of [rows, ...files]) {
      expect(clear.filter((secret) => text.includes(secret))).toEqual([]);
    }
  });
});

describe('signing in with a code', () => {
  it('asks for it after the right password, and gives no token before', async () => {
    const user = await aTotpUser(gateway);
    const answer = await login(gateway, user);
    expect(errorOf(answer)).toEqual([401, 'second_factor_required']);
    expect(answer.body.data).toBeUndefined();
    const { challenge, methods } = demandOf(answer);
    expect(methods).toEqual(['totp', 'recovery_code']);
    const tokens = await complete(gateway, { challenge, code: codeOf(user.secret) });
    expect((await me(tokens.data.accessToken)).status).toBe(200);
    const [session] = await query(
      gateway,
      `select methods, second_factor_at from sessions where account_id = '${user.userId}'
       order by id desc limit 1`,
    );
    expect(session).toMatchObject({ methods: 'pwd otp' });
    expect(session!.second_factor_at).toBeTruthy();
  });

  it('says nothing of it to who has a wrong password', async () => {
    const user = await aTotpUser(gateway);
    const plain = await aUser(gateway);
    const wrong = async (username: string) => {
      const body = { username, password: 'not the password' };
      const answer = await call(gateway, '/api/auth/login', { body });
      return { status: answer.status, error: { ...answer.body.error, requestId: '' } };
    };
    expect(await wrong(user.username)).toEqual(await wrong(plain.username));
    expect(await wrong(user.username)).toEqual(await wrong('nobody-of-that-name'));
  });

  it('takes a code once, whatever it is used for next', async () => {
    const user = await aTotpUser(gateway);
    const code = codeOf(user.secret);
    expect((await signIn(user, { code })).status).toBe(200);
    expect(errorOf(await signIn(user, { code }))).toEqual(refusedProof);
    expect(errorOf(await stepUp(gateway, user, { code }))).toEqual(refusedProof);
  });

  it('gives one of twenty simultaneous uses of a code, each with its own challenge, a session', async () => {
    const user = await aTotpUser(gateway);
    const challenges: string[] = [];
    for (let made = 0; made < 20; made += 1) challenges.push(await challengeOf(gateway, user));
    const code = codeOf(user.secret);
    const answers = await Promise.all(
      challenges.map((challenge) => complete(gateway, { challenge, code })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(19);
  });

  it('takes the code of the step before or after, but none from before one that was used', async () => {
    const user = await aTotpUser(gateway);
    const at = (by: number) => codeOf(user.secret, timeStep(by));
    expect((await signIn(user, { code: at(1) })).status).toBe(200);
    expect(errorOf(await signIn(user, { code: at(0) }))).toEqual(refusedProof);
    expect(errorOf(await signIn(user, { code: at(-1) }))).toEqual(refusedProof);
    await forgetUsedCodes(gateway, user);
    const challenge = await challengeOf(gateway, user);
    await untilStepLasts();
    expect((await complete(gateway, { challenge, code: at(-1) })).status).toBe(200);
    for (const by of [-4, -3, 3, 4]) {
      expect(errorOf(await signIn(user, { code: at(by) }))).toEqual(refusedProof);
    }
  });

  it('locks after as many wrong codes as wrong passwords, by a counter of their own', async () => {
    const user = await aTotpUser(gateway);
    const code = wrongCode(user.secret);
    for (let guess = 0; guess < LOCKOUT_AFTER; guess += 1) {
      // A right password in between starts nothing over.
      expect(errorOf(await signIn(user, { code }))).toEqual(refusedProof);
    }
    const locked = await signIn(user, { code: codeOf(user.secret) });
    expect(errorOf(locked)).toEqual([429, 'too_many_attempts']);
    await expect.poll(() => noticesOf(gateway, user)).toContain('account_locked');
  });

  it('refuses the right code too while it is locked', async () => {
    const user = await aTotpUser(gateway);
    const challenge = await challengeOf(gateway, user);
    const code = wrongCode(user.secret);
    const guess = () => complete(gateway, { challenge, code });
    expect(await testedBeforeLock(guess)).toBe(LOCKOUT_AFTER);
    const right = await complete(gateway, { challenge, code: codeOf(user.secret) });
    expect(errorOf(right)).toEqual([429, 'too_many_attempts']);
  });
});

describe('the challenge of a login', () => {
  it('survives a wrong code and ends with the right one', async () => {
    const user = await aTotpUser(gateway);
    const challenge = await challengeOf(gateway, user);
    const wrong = await complete(gateway, { challenge, code: wrongCode(user.secret) });
    expect(errorOf(wrong)).toEqual(refusedProof);
    const right = await complete(gateway, { challenge, code: codeOf(user.secret) });
    expect(right.status).toBe(200);
    await forgetUsedCodes(gateway, user);
    const again = await complete(gateway, { challenge, code: codeOf(user.secret) });
    expect(errorOf(again)).toEqual(refusedChallenge);
  });

  it('opens one session, however many right proofs come at once', async () => {
    const user = await aTotpUser(gateway);
    const challenge = await challengeOf(gateway, user);
    const answers = await Promise.all(
      user.recoveryCodes.map((recoveryCode) => complete(gateway, { challenge, recoveryCode })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('is of no use for another account, made up, or after five minutes', async () => {
    const [ada, eve] = [await aTotpUser(gateway), await aTotpUser(gateway)];
    const challenge = await challengeOf(gateway, ada);
    const mixed = await complete(gateway, { challenge, code: codeOf(eve.secret) });
    expect(errorOf(mixed)).toEqual(refusedProof);
    const recoveryCode = eve.recoveryCodes[0]!;
    expect(errorOf(await complete(gateway, { challenge, recoveryCode }))).toEqual(refusedProof);
    const madeUp = { challenge: 'A'.repeat(43), code: codeOf(ada.secret) };
    expect(errorOf(await complete(gateway, madeUp))).toEqual(refusedChallenge);
    const past = momentOf(gateway, Date.now() - 1000);
    await query(
      gateway,
      `update auth_challenges set expires_at = ${past} where account_id = '${ada.userId}'`,
    );
    const late = await complete(gateway, { challenge, code: codeOf(ada.secret) });
    expect(errorOf(late)).toEqual(refusedChallenge);
  });

  it('is void once the password has changed or the account is switched off', async () => {
    const changePassword = ({ token, password: currentPassword }: TotpUser) =>
      call(gateway, '/api/auth/password', {
        method: 'PUT',
        token,
        body: { currentPassword, newPassword: 'another fine password' },
      });
    const switchOff = ({ userId }: TotpUser) => {
      const now = momentOf(gateway, Date.now());
      return query(gateway, `update accounts set disabled_at = ${now} where id = '${userId}'`);
    };
    for (const change of [changePassword, switchOff]) {
      const user = await aTotpUser(gateway);
      const challenge = await challengeOf(gateway, user);
      await change(user);
      const answer = await complete(gateway, { challenge, code: codeOf(user.secret) });
      expect(errorOf(answer)).toEqual(refusedChallenge);
    }
  });

  it('wants exactly one proof', async () => {
    const user = await aTotpUser(gateway);
    const challenge = await challengeOf(gateway, user);
    const code = codeOf(user.secret);
    const recoveryCode = user.recoveryCodes[0]!;
    for (const proofs of [{}, { code, recoveryCode }, { code: null }]) {
      const answer = await complete(gateway, { challenge, ...proofs });
      expect(errorOf(answer)).toEqual([400, 'invalid_input']);
    }
    for (const malformed of ['12345', '1234567', 'abcdef', ' 12345', 123456]) {
      const answer = await complete(gateway, { challenge, code: malformed });
      expect(errorOf(answer)).toEqual([400, 'invalid_input']);
    }
  });
});

describe('a recovery code', () => {
  it('signs in once, however it is typed, and its owner is told', async () => {
    const user = await aTotpUser(gateway);
    const [first] = user.recoveryCodes;
    const recoveryCode = ` ${first!.toLowerCase().replaceAll('-', ' ')} `;
    const signedIn = await signIn(user, { recoveryCode });
    expect(signedIn.status).toBe(200);
    expect(errorOf(await signIn(user, { recoveryCode: first }))).toEqual(refusedProof);
    expect(await stateOf(user)).toMatchObject({ recoveryCodesLeft: 9 });
    expect(await noticesOf(gateway, user)).toContain('recovery_code_used');
  });

  it('opens one session, however many use it at once', async () => {
    const user = await aTotpUser(gateway);
    const challenges: string[] = [];
    for (let made = 0; made < 20; made += 1) challenges.push(await challengeOf(gateway, user));
    const [recoveryCode] = user.recoveryCodes;
    const answers = await Promise.all(
      challenges.map((challenge) => complete(gateway, { challenge, recoveryCode })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('is void once new ones are made, which needs a fresh second factor', async () => {
    const user = await aTotpUser(gateway);
    let { token } = user;
    const renew = () =>
      call<{ recoveryCodes: string[] }>(gateway, '/api/auth/2fa/recovery-codes', {
        method: 'POST',
        token,
      });
    await forgetProofs(gateway, user);
    expect(errorOf(await renew())).toEqual([403, 'step_up_required']);
    const proved = await stepUp(gateway, user, { code: codeOf(user.secret) });
    token = proved.data.accessToken;
    const answers = await Promise.all([renew(), renew(), renew()]);
    expect(await stateOf({ token })).toMatchObject({ recoveryCodesLeft: 10 });
    const works = await Promise.all(
      [user.recoveryCodes, ...answers.map(({ data }) => data.recoveryCodes)].map(
        async ([recoveryCode]) => (await signIn(user, { recoveryCode })).status,
      ),
    );
    expect(works[0]).toBe(401);
    expect(works.filter((status) => status === 200)).toHaveLength(1);
    expect(await noticesOf(gateway, { token })).toContain('recovery_codes_renewed');
  });
});

describe('turning codes off', () => {
  it('is beyond a stolen access token, also with the password', async () => {
    const user = await aTotpUser(gateway);
    await forgetProofs(gateway, user);
    const refused = await turnOff(user);
    expect(errorOf(refused)).toEqual([403, 'step_up_required']);
    expect(demandOf(refused).methods).toEqual(['totp', 'recovery_code']);
    const byPassword = await stepUp(gateway, user, { password: user.password });
    expect(errorOf(byPassword)).toEqual([403, 'step_up_required']);
    expect(errorOf(await turnOff(user))).toEqual([403, 'step_up_required']);
    expect(await stateOf(user)).toMatchObject({ totp: true });
  });

  it('takes exactly one proof, also where there is no second factor', async () => {
    const [plain, user] = [await aUser(gateway), await aTotpUser(gateway)];
    const both = { password: plain.password, code: '123456' };
    expect(errorOf(await stepUp(gateway, plain, both))).toEqual([400, 'invalid_input']);
    const hers = { password: user.password, code: codeOf(user.secret) };
    expect(errorOf(await stepUp(gateway, user, hers))).toEqual([400, 'invalid_input']);
  });

  it('locks the session that guesses codes to get there', async () => {
    const user = await aTotpUser(gateway);
    await forgetProofs(gateway, user);
    const code = wrongCode(user.secret);
    const guess = () => stepUp(gateway, user, { code });
    expect(await testedBeforeLock(guess)).toBe(LOCKOUT_AFTER);
    expect(errorOf(await stepUp(gateway, user, { code: codeOf(user.secret) }))).toEqual([
      429,
      'too_many_attempts',
    ]);
  });

  it.each(['code', 'recoveryCode'])(
    'takes a %s first; then the password is enough, other devices are out, the owner is told',
    async (kind) => {
      const user = await aTotpUser(gateway);
      const other = await signIn(user, { recoveryCode: user.recoveryCodes[0] });
      await forgetProofs(gateway, user);
      const proof = { code: codeOf(user.secret), recoveryCode: user.recoveryCodes[1] };
      const proved = await stepUp(gateway, user, { [kind]: proof[kind as 'code'] });
      expect(errorOf(await me(user.token))).toEqual([401, 'session_ended']);
      const now = { token: proved.data.accessToken };
      expect((await turnOff(now)).status).toBe(200);
      expect(errorOf(await me(other.data.accessToken))).toEqual([401, 'session_ended']);
      expect((await login(gateway, user)).status).toBe(200);
      expect(await noticesOf(gateway, now)).toContain('second_factor_off');
      expect(await query(gateway, recoveryCodesOf(user))).toEqual([]);
      expect(errorOf(await turnOff(now))).toEqual([409, 'second_factor_off']);
    },
  );

  it('is not done by a proof that has grown old', async () => {
    const user = await aTotpUser(gateway);
    const { data } = await signIn(user, { code: codeOf(user.secret) });
    await forgetProofs(gateway, user);
    expect(errorOf(await turnOff({ token: data.accessToken }))).toEqual([403, 'step_up_required']);
  });
});

describe('a second instance beside the first', () => {
  let other: Gateway;
  beforeAll(async () => {
    other = await startGateway({
      environment: { ...gateway.environment, LIMIT_LOGIN: '5/15m' },
      asProcess: true,
    });
  });

  it('gives one of many simultaneous uses of a code a session, whichever they reach', async () => {
    const user = await aTotpUser(gateway);
    const challenges: string[] = [];
    for (let made = 0; made < 20; made += 1) challenges.push(await challengeOf(gateway, user));
    const code = codeOf(user.secret);
    const answers = await Promise.all(
      challenges.map((challenge, index) =>
        complete(index % 2 === 0 ? gateway : other, { challenge, code }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('limits the tries with one challenge, and no other login behind the same address', async () => {
    const [ada, eve] = [await aTotpUser(gateway), await aTotpUser(gateway)];
    const challenge = await challengeOf(gateway, ada);
    const code = wrongCode(ada.secret);
    for (let guess = 0; guess < 5; guess += 1) {
      expect(errorOf(await complete(other, { challenge, code }))).toEqual(refusedProof);
    }
    expect(errorOf(await complete(other, { challenge, code }))).toEqual([429, 'rate_limited']);
    const hers = { challenge: await challengeOf(gateway, eve), code: codeOf(eve.secret) };
    expect((await complete(other, hers)).status).toBe(200);
  });
});

function recoveryCodesOf({ userId }: TotpUser): string {
  return `select code_hash from recovery_codes where account_id = '${userId}'`;
}
