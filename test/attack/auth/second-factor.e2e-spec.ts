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
 * High enough for twenty concurrent uses to pass the counter of failures, though each may count twice while in flight:
 * the code itself must refuse them.
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
 * The number of guesses that are verified before the lock: concurrent ones, then one by one. A guess that is counted
 * while still in flight counts twice, so the concurrent ones may stay below the limit.
 */
async function testedBeforeLock(guess: () => Promise<Answer<unknown>>): Promise<number> {
  const answers = await Promise.all(Array.from({ length: LOCKOUT_AFTER + 15 }, guess));
  let tested = answers.filter(({ status }) => status === 401).length;
  while ((await guess()).status === 401) tested += 1;
  return tested;
}

describe('enabling TOTP', () => {
  it('returns the secret as text, as an otpauth URI and as a QR code', async () => {
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

  it('returns ten recovery codes, ends the other sessions and notifies the owner', async () => {
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
    // Copies of the tokens used for the confirmation become invalid.
    expect(errorOf(await me(user.token))).toEqual([401, 'session_ended']);
  });

  it('requires a recent proof of the password for its confirmation as well', async () => {
    const user = await aUser(gateway);
    const { secret } = (await enrol(gateway, user)).data;
    await forgetProofs(gateway, user);
    const late = await confirm(gateway, user, codeOf(secret));
    expect(errorOf(late)).toEqual([403, 'step_up_required']);
    expect((await stateOf(user)).isOn).toBe(false);
  });

  it('accepts the code of the newest secret only, and none after 15 minutes', async () => {
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

  it('requires a recent proof of the password: a stolen access token is not enough', async () => {
    const user = await aUser(gateway);
    await forgetProofs(gateway, user);
    expect(errorOf(await enrol(gateway, user))).toEqual([403, 'step_up_required']);
  });

  it('stores neither secret nor recovery codes in plain text', async () => {
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
  it('requires it after the right password, and issues no token before', async () => {
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

  it('does not reveal the second factor after a wrong password', async () => {
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

  it('accepts a code once across all its uses', async () => {
    const user = await aTotpUser(gateway);
    const code = codeOf(user.secret);
    expect((await signIn(user, { code })).status).toBe(200);
    expect(errorOf(await signIn(user, { code }))).toEqual(refusedProof);
    expect(errorOf(await stepUp(gateway, user, { code }))).toEqual(refusedProof);
  });

  it('opens a session for one of twenty simultaneous uses of a code, each with its own challenge', async () => {
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

  it('accepts the code of the step before or after, but none earlier than a used one', async () => {
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

  it('locks after as many wrong codes as wrong passwords, with a separate counter', async () => {
    const user = await aTotpUser(gateway);
    const code = wrongCode(user.secret);
    for (let guess = 0; guess < LOCKOUT_AFTER; guess += 1) {
      // A right password in between does not reset the counter.
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
  it('remains valid after a wrong code and is consumed by the right one', async () => {
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

  it('opens one session for concurrent right proofs', async () => {
    const user = await aTotpUser(gateway);
    const challenge = await challengeOf(gateway, user);
    const answers = await Promise.all(
      user.recoveryCodes.map((recoveryCode) => complete(gateway, { challenge, recoveryCode })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('is refused for another account, if invented, and after five minutes', async () => {
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

  it('is void once the password has changed or the account is disabled', async () => {
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

  it.each([
    ['in two halves', (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`],
    ['with what is pasted around it', (code: string) => `\u2068${code}\u2069\r\n`],
    ['in full-width digits', (code: string) => digitsFrom(code, 0xff10)],
    ['in Arabic-Indic digits', (code: string) => digitsFrom(code, 0x660)],
    ['in Persian digits', (code: string) => digitsFrom(code, 0x6f0)],
  ])('accepts a code %s, and a challenge with a line end', async (_, spell) => {
    const user = await aTotpUser(gateway);
    await untilStepLasts();
    const challenge = `${await challengeOf(gateway, user)}\n`;
    expect(
      (await complete(gateway, { challenge, code: spell(wrongCode(user.secret)) })).status,
    ).toBe(401);
    const answer = await complete(gateway, { challenge, code: spell(codeOf(user.secret)) });
    expect(answer.status).toBe(200);
    // Both spellings are the same code.
    const again = { challenge: await challengeOf(gateway, user), code: codeOf(user.secret) };
    expect((await complete(gateway, again)).status).toBe(401);
  });

  it('treats null proofs, which typed clients send, as absent', async () => {
    const user = await aTotpUser(gateway);
    const none = { password: null, code: null, recoveryCode: null, passkey: null };
    const challenge = await challengeOf(gateway, user);
    expect((await complete(gateway, { ...none, password: undefined, challenge })).status).toBe(400);
    const recoveryCode = ` ${user.recoveryCodes[0]!}\n`;
    const proof = { ...none, password: undefined, recoveryCode, challenge };
    expect((await complete(gateway, proof)).status).toBe(200);
    await forgetUsedCodes(gateway, user);
    await untilStepLasts();
    expect((await stepUp(gateway, user, { ...none, code: codeOf(user.secret) })).status).toBe(200);

    const { token, password } = await aUser(gateway);
    for (const nothing of [{}, { password: null }, none, { password: '' }]) {
      const answer = await stepUp(gateway, { token }, nothing);
      expect([answer.status, answer.body.error?.code]).toEqual([403, 'step_up_required']);
    }
    expect((await stepUp(gateway, { token }, { ...none, password })).status).toBe(200);
  });

  it('requires exactly one proof', async () => {
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
  it('signs in once, in any spelling, and the owner is notified', async () => {
    const user = await aTotpUser(gateway);
    const [first] = user.recoveryCodes;
    const recoveryCode = ` ${first!.toLowerCase().replaceAll('-', ' ')} `;
    const signedIn = await signIn(user, { recoveryCode });
    expect(signedIn.status).toBe(200);
    expect(errorOf(await signIn(user, { recoveryCode: first }))).toEqual(refusedProof);
    expect(await stateOf(user)).toMatchObject({ recoveryCodesLeft: 9 });
    expect(await noticesOf(gateway, user)).toContain('recovery_code_used');
  });

  it('opens one session for concurrent uses', async () => {
    const user = await aTotpUser(gateway);
    const challenges: string[] = [];
    for (let made = 0; made < 20; made += 1) challenges.push(await challengeOf(gateway, user));
    const [recoveryCode] = user.recoveryCodes;
    const answers = await Promise.all(
      challenges.map((challenge) => complete(gateway, { challenge, recoveryCode })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('is consumed only by the one sign-in that succeeds, of five for one challenge', async () => {
    const user = await aTotpUser(gateway);
    const challenge = await challengeOf(gateway, user);
    const answers = await Promise.all(
      user.recoveryCodes
        .slice(0, 5)
        .map((recoveryCode) => complete(gateway, { challenge, recoveryCode })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await query(gateway, recoveryCodesOf(user))).toHaveLength(9);
    const told = (await noticesOf(gateway, user)).filter((kind) => kind === 'recovery_code_used');
    expect(told).toHaveLength(1);
    // Each of the others is still valid for a login of its own.
    const left = user.recoveryCodes.filter((_, index) => answers[index]?.status !== 200);
    for (const recoveryCode of left.slice(0, 4)) {
      expect((await signIn(user, { recoveryCode })).status).toBe(200);
    }
    expect(await query(gateway, recoveryCodesOf(user))).toHaveLength(5);
  });

  it('is consumed only by the one step-up that succeeds, of five in one session', async () => {
    const user = await aTotpUser(gateway);
    const answers = await Promise.all(
      user.recoveryCodes.slice(0, 5).map((recoveryCode) => stepUp(gateway, user, { recoveryCode })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await query(gateway, recoveryCodesOf(user))).toHaveLength(9);
  });

  it('is not consumed by a login that has become void meanwhile', async () => {
    const user = await aTotpUser(gateway);
    const challenge = await challengeOf(gateway, user);
    await query(gateway, `update accounts set epoch = epoch + 1 where id = '${user.userId}'`);
    const [recoveryCode] = user.recoveryCodes;
    expect(errorOf(await complete(gateway, { challenge, recoveryCode }))).toEqual(refusedChallenge);
    expect(await query(gateway, recoveryCodesOf(user))).toHaveLength(10);
  });

  it('is void once new ones are issued, which requires a recent second factor', async () => {
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

describe('disabling TOTP', () => {
  it('is refused to a stolen access token, even with the password', async () => {
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

  it('requires exactly one proof, also without a second factor', async () => {
    const [plain, user] = [await aUser(gateway), await aTotpUser(gateway)];
    const both = { password: plain.password, code: '123456' };
    expect(errorOf(await stepUp(gateway, plain, both))).toEqual([400, 'invalid_input']);
    const hers = { password: user.password, code: codeOf(user.secret) };
    expect(errorOf(await stepUp(gateway, user, hers))).toEqual([400, 'invalid_input']);
  });

  it('locks a session that guesses codes for the step-up', async () => {
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
    'requires a %s; then the password is enough, the other sessions end, and the owner is notified',
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

  it('is refused after the last proof has expired', async () => {
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
      environment: { ...gateway.environment, LIMIT_LOGIN: '5/15m', LOCKOUT_AFTER: '100' },
    });
  });

  it('opens a session for one of many simultaneous uses of a code, on either instance', async () => {
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

  it('limits the attempts with one challenge, and not other logins from the same address', async () => {
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

/** Converts a code to the digits of another script, given its zero. */
function digitsFrom(code: string, zero: number): string {
  return Array.from(code, (digit) => String.fromCodePoint(zero + Number(digit))).join('');
}
