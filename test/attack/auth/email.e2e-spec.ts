import { statSync } from 'node:fs';
import { type Answer, aUser, call, type Tokens, type User } from '../../e2e/client.ts';
import { type Gateway, query, startGateway } from '../../e2e/gateway.ts';
import {
  ago,
  anAddress,
  aUserWithEmail,
  expireTokens,
  mailsOf,
  outboxOf,
  tokenFor,
  tokensTo,
  untilMails,
  untilQuiet,
} from './mailbox.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ environment: { LOG_LEVEL: 'debug' } });
});

type Signed = Pick<User, 'token'>;

const put = ({ token }: Signed, email: unknown, at: Gateway = gateway) =>
  call(at, '/api/auth/email', { method: 'PUT', token, body: { email } });
const verify = (user: Signed, token: unknown, at: Gateway = gateway) =>
  call(at, '/api/auth/email/verify', { token: user.token, body: { token } });
const remove = ({ token }: Signed, at: Gateway = gateway) =>
  call(at, '/api/auth/email', { method: 'DELETE', token });
const me = ({ token }: Signed, at: Gateway = gateway) => call(at, '/api/auth/me', { token });
const forgot = (email: string) => call(gateway, '/api/auth/password/forgot', { body: { email } });
const codeOf = ({ body }: Answer<unknown>) => body.error?.code;
/** The domain in a mail's recipient is in lower case. */
const shouted = (email: string) => email.replace(/^[^@]+/, (local) => local.toUpperCase());

/** The response without the parts that differ each time. */
const shown = ({ status, headers, body }: Answer) => ({
  status,
  body,
  headers: [...headers.entries()].filter(
    ([name]) => !['date', 'x-request-id', 'ratelimit'].includes(name),
  ),
});

describe('an address', () => {
  it('is pending until the mailed token is returned, and belongs to the account then', async () => {
    const user = await aUser(gateway);
    const email = anAddress();
    expect((await me(user)).data).toMatchObject({ email: null, emailVerified: false });
    expect(shown(await put(user, email))).toMatchObject({
      status: 200,
      body: { success: true, data: null },
    });
    expect((await me(user)).data).toMatchObject({ email, emailVerified: false });
    expect((await verify(user, await tokenFor(gateway, email))).status).toBe(200);
    expect((await me(user)).data).toMatchObject({ email, emailVerified: true });
    expect((await me(user)).data).not.toHaveProperty('pendingEmail');
  });

  it('can be set at the registration', async () => {
    const email = anAddress();
    const { data } = await call<Tokens>(gateway, '/api/auth/register', {
      body: { username: email.split('@')[0], password: 'a long enough password', email },
    });
    expect((await me({ token: data.accessToken })).data).toMatchObject({ emailVerified: false });
    const user = { token: data.accessToken };
    expect((await verify(user, await tokenFor(gateway, email))).status).toBe(200);
    expect((await me({ token: data.accessToken })).data).toMatchObject({ emailVerified: true });
  });

  it('is changed and removed after a recent proof of a credential only', async () => {
    const user = await aUserWithEmail(gateway);
    await query(
      gateway,
      `update sessions set authenticated_at = ${ago(gateway, 3600)} where account_id = '${user.userId}'`,
    );
    for (const answer of [await put(user, anAddress()), await remove(user)]) {
      expect([answer.status, codeOf(answer)]).toEqual([403, 'step_up_required']);
    }
    expect((await me(user)).data).toMatchObject({ email: user.email });
    const device = await call<Tokens>(gateway, '/api/auth/device', { body: {} });
    const anonymous = await put({ token: device.data.accessToken }, anAddress());
    expect(codeOf(anonymous)).toBe('account_required');
    expect((await call(gateway, '/api/auth/email', { method: 'DELETE' })).status).toBe(401);
  });

  it.each([
    'ada@example.org\r\nBcc: eve@example.net',
    'ada@example.org,eve@example.net',
    'Ada <ada@example.org>',
    'ada@localhost',
    'ad\u0131@example.org',
    'ada@example.org\nx',
    'ada@\ufeffexample.org',
    ['ada@example.org'],
    null,
  ])('is not %j', async (email) => {
    const user = await aUser(gateway);
    const answers = [
      await put(user, email),
      await call(gateway, '/api/auth/register', {
        body: { username: 'somebody', password: 'a long enough password', email: email ?? 7 },
      }),
    ];
    for (const answer of answers) {
      expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_input']);
    }
  });

  it.each(['\n', '\ufeff', '\u00a0', ' \t\r\n', '\u200b'])(
    'is the same with %j around it',
    async (around) => {
      const email = anAddress();
      const user = await aUser(gateway);
      expect((await put(user, `${around}${email}${around}`)).status).toBe(200);
      const token = await tokenFor(gateway, email);
      const answer = await verify(user, `${around}${token}${around}`);
      expect(answer.status).toBe(200);
      expect((await me(user)).data).toMatchObject({ email, emailVerified: true });
    },
  );

  it('is kept until the new one is verified, and notified of the change', async () => {
    const user = await aUserWithEmail(gateway);
    const next = anAddress();
    await put(user, next);
    const token = await tokenFor(gateway, next);
    expect((await me(user)).data).toMatchObject({
      email: user.email,
      emailVerified: true,
      pendingEmail: next,
    });
    expect(mailsOf(gateway, user.email)).toHaveLength(1);
    await verify(user, token);
    const told = (await untilMails(gateway, user.email, 2)).at(-1)!;
    expect(told.subject).toBe('The address of your account was changed');
    expect(told.text + told.head).not.toContain(next);
    expect((await me(user)).data).toMatchObject({ email: next, emailVerified: true });
  });

  it('is notified of its removal, and receives no more mails', async () => {
    const user = await aUserWithEmail(gateway);
    expect((await remove(user)).status).toBe(200);
    expect((await me(user)).data).toMatchObject({ email: null, emailVerified: false });
    await untilMails(gateway, user.email, 2);
    await forgot(user.email);
    await untilQuiet(gateway);
    expect(mailsOf(gateway, user.email)).toHaveLength(2);
  });
});

describe('an address of another account', () => {
  it('is not revealed by the response; the mail to it says so, without a token', async () => {
    const owner = await aUserWithEmail(gateway);
    const [curious, other] = [await aUser(gateway), await aUser(gateway)];
    const free = anAddress();
    const [ofTaken, ofFree] = [await put(curious, owner.email), await put(other, free)];
    expect(shown(ofTaken)).toEqual(shown(ofFree));
    const [mine, theirs] = [(await me(curious)).data, (await me(other)).data];
    expect(mine).toMatchObject({ email: owner.email, emailVerified: false });
    expect(Object.keys(mine)).toEqual(Object.keys(theirs));
    const mail = (await untilMails(gateway, owner.email, 2)).at(-1)!;
    expect([mail.subject, mail.token]).toEqual(['Your address was named again', undefined]);
    expect((await me(owner)).data).toMatchObject({ email: owner.email, emailVerified: true });
  });

  it('is not revealed by a registration, in any spelling', async () => {
    const owner = await aUserWithEmail(gateway);
    const register = (email: string) =>
      call<Tokens>(gateway, '/api/auth/register', {
        body: { username: anAddress().slice(0, 30), password: 'a long enough password', email },
      });
    const [ofTaken, ofFree] = [await register(shouted(owner.email)), await register(anAddress())];
    expect(ofTaken.status).toBe(201);
    expect(Object.keys(ofTaken.data)).toEqual(Object.keys(ofFree.data));
    const mail = (await untilMails(gateway, shouted(owner.email), 1)).at(-1)!;
    expect(mail.token).toBeUndefined();
  });

  it('belongs to the account that verifies it first, in any case of its letters', async () => {
    const [first, second] = [await aUser(gateway), await aUser(gateway)];
    const lower = anAddress();
    const upper = shouted(lower);
    await put(first, lower);
    await put(second, upper);
    const [one, two] = [await tokenFor(gateway, lower), await tokenFor(gateway, upper)];
    expect((await verify(second, two)).status).toBe(200);
    expect(codeOf(await verify(first, one))).toBe('invalid_email_token');
    expect((await me(first)).data).toMatchObject({ emailVerified: false });
    expect((await me(second)).data).toMatchObject({ email: upper, emailVerified: true });
  });
});

describe('an account that an attacker has created with a foreign address', () => {
  it('does not get the address when its owner follows the link, in any session', async () => {
    const email = anAddress();
    const [eve, owner] = [await aUser(gateway), await aUser(gateway)];
    await put(eve, email);
    const token = await tokenFor(gateway, email);
    const clicked = await call(gateway, '/api/auth/email/verify', { body: { token } });
    expect([clicked.status, codeOf(clicked)]).toEqual([401, 'unauthenticated']);
    const signedIn = await verify(owner, token);
    expect([signedIn.status, codeOf(signedIn)]).toEqual([400, 'invalid_email_token']);
    expect((await me(eve)).data).toMatchObject({ emailVerified: false });
    // So a reset never gives the owner of the address an account that the attacker shares.
    await forgot(email);
    await untilQuiet(gateway);
    expect(mailsOf(gateway, email)).toHaveLength(1);
    // The owner can use the address for their own account.
    await put(owner, email);
    expect((await verify(owner, await tokenFor(gateway, email, 2))).status).toBe(200);
    expect((await me(owner)).data).toMatchObject({ email, emailVerified: true });
    expect(codeOf(await verify(eve, token))).toBe('invalid_email_token');
  });

  it('does not get it through the upgrade of an anonymous account either', async () => {
    const email = anAddress();
    const owner = await aUser(gateway);
    const { data: device } = await call<Tokens>(gateway, '/api/auth/device', { body: {} });
    const { data: eve } = await call<Tokens>(gateway, '/api/auth/upgrade', {
      token: device.accessToken,
      body: { username: anAddress().slice(0, 30), password: 'a long enough password', email },
    });
    expect(codeOf(await verify(owner, await tokenFor(gateway, email)))).toBe('invalid_email_token');
    expect((await me({ token: eve.accessToken })).data).toMatchObject({ emailVerified: false });
  });
});

describe('the token of an address', () => {
  const aToken = async (user: User) => {
    const email = anAddress();
    await put(user, email);
    return tokenFor(gateway, email);
  };

  it('works once of twenty concurrent uses', async () => {
    const user = await aUser(gateway);
    const token = await aToken(user);
    const answers = await Promise.all(Array.from({ length: 20 }, () => verify(user, token)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter((answer) => codeOf(answer) === 'invalid_email_token')).toHaveLength(19);
  });

  it('is void after a day, once a newer one is issued, or once nothing is pending', async () => {
    const user = await aUser(gateway);
    const [older, newer] = [await aToken(user), await aToken(user)];
    expect(codeOf(await verify(user, older))).toBe('invalid_email_token');
    await expireTokens(gateway, user.userId);
    expect(codeOf(await verify(user, newer))).toBe('invalid_email_token');
    expect((await me(user)).data).toMatchObject({ email: null });
    const removed = await aToken(user);
    await remove(user);
    expect(codeOf(await verify(user, removed))).toBe('invalid_email_token');
  });

  it('is stored as a hash', async () => {
    const user = await aUser(gateway);
    const token = await aToken(user);
    const rows = await query(
      gateway,
      `select * from email_tokens where account_id = '${user.userId}'`,
    );
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  it('is deleted with its account', async () => {
    const user = await aUser(gateway);
    const token = await aToken(user);
    await query(gateway, `delete from accounts where id = '${user.userId}'`);
    const heir = await aUser(gateway);
    expect(codeOf(await verify(heir, token))).toBe('invalid_email_token');
  });
});

describe('mails', () => {
  it('are 7-bit text in a folder that only the process owner can read', async () => {
    const email = anAddress();
    await put(await aUser(gateway), email);
    const { head } = (await untilMails(gateway, email, 1))[0]!;
    expect(head).toContain('Content-Transfer-Encoding: 7bit');
    expect(statSync(outboxOf(gateway)).mode & 0o777).toBe(0o700);
  });

  it('do not flood an address that many accounts set', async () => {
    const victim = anAddress();
    for (let count = 0; count < 23; count += 1) {
      expect((await put(await aUser(gateway), victim)).status).toBe(200);
    }
    await untilQuiet(gateway);
    expect(mailsOf(gateway, victim)).toHaveLength(20);
  });

  it('reach the owner of an address although a few other accounts have set it', async () => {
    const email = anAddress();
    for (let count = 0; count < 3; count += 1) {
      const stranger = await aUser(gateway);
      for (let time = 0; time < 3; time += 1) await put(stranger, email);
    }
    await untilMails(gateway, email, 9);
    const owner = await aUser(gateway);
    expect((await put(owner, email)).status).toBe(200);
    expect((await verify(owner, await tokenFor(gateway, email, 10))).status).toBe(200);
    expect((await me(owner)).data).toMatchObject({ email, emailVerified: true });
  });

  it('are refused with an error to an account that asks too often, and the last token still works', async () => {
    const user = await aUser(gateway);
    const email = anAddress();
    const answers: Answer[] = [];
    for (let count = 0; count < 5; count += 1) answers.push(await put(user, email));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
    const wait = Number(answers.at(-1)!.headers.get('retry-after'));
    // Until the first of the three mails is an hour old; refused requests do not prolong that.
    expect(wait).toBeGreaterThan(3000);
    expect(wait).toBeLessThanOrEqual(3600);
    await untilQuiet(gateway);
    const results = await Promise.all(tokensTo(gateway, email).map((token) => verify(user, token)));
    expect(results.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('are limited per account, so that one account cannot write to many addresses', async () => {
    const user = await aUser(gateway);
    const answers: Answer[] = [];
    for (let count = 0; count < 7; count += 1) answers.push(await put(user, anAddress()));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429, 429]);
    expect(codeOf(answers.at(-1)!)).toBe('rate_limited');
  });

  it('contain no text of the account that caused them', async () => {
    const username = `evil.example-${anAddress().slice(0, 12)}`;
    const password = 'a long enough password';
    const email = anAddress();
    const named = { name: 'https://evil.example/login', platform: 'evil.example' };
    const { data } = await call<Tokens>(gateway, '/api/auth/register', {
      body: { username, password, email, device: named },
    });
    await verify({ token: data.accessToken }, await tokenFor(gateway, email));
    await call(gateway, '/api/auth/login', { body: { username, password, device: named } });
    const mails = await untilMails(gateway, email, 2);
    expect(mails.at(-1)!.text).toMatch(/^Somebody has signed in to your account on a new device\./);
    expect(mails.at(-1)!.text).toContain('From: 127.0.0.0');
    await put({ token: data.accessToken }, anAddress());
    await untilQuiet(gateway);
    for (const mail of mailsOf(gateway, email)) expect(mail.head + mail.text).not.toMatch(/evil/i);
  });

  it('report a lock once an hour, however often unknown devices lock the account', async () => {
    const user = await aUserWithEmail(gateway);
    const login = (password: string) =>
      call(gateway, '/api/auth/login', { body: { username: user.username, password } });
    for (let round = 0; round < 3; round += 1) {
      for (let guess = 0; guess < 5; guess += 1) await login(`wrong ${round} ${guess} guess`);
      await query(gateway, 'delete from guess_counters');
    }
    await untilQuiet(gateway);
    const notices = await query(
      gateway,
      `select * from security_notices where account_id = '${user.userId}' and kind = 'account_locked'`,
    );
    expect(notices).toHaveLength(3);
    const mails = mailsOf(gateway, user.email).filter(({ text }) =>
      text.includes('failed attempts'),
    );
    expect(mails).toHaveLength(1);
  });

  it('report a changed password to verified addresses only', async () => {
    const user = await aUserWithEmail(gateway);
    const next = anAddress();
    await put(user, next);
    await tokenFor(gateway, next);
    await call(gateway, '/api/auth/password', {
      method: 'PUT',
      token: user.token,
      body: { currentPassword: user.password, newPassword: 'my own choice of horses' },
    });
    const mail = (await untilMails(gateway, user.email, 2)).at(-1)!;
    expect(mail.text).toMatch(/^The password of your account was changed\./);
    await untilQuiet(gateway);
    expect(mailsOf(gateway, next)).toHaveLength(1);
  });
});

describe('an account that is created with an address', () => {
  const named = () => ({ username: anAddress().slice(0, 30), password: 'a long enough password' });
  const aDevice = async () =>
    (await call<Tokens>(gateway, '/api/auth/device', { body: {} })).data.accessToken;

  it.each([null, ''])('needs none: %j is treated as absent', async (email) => {
    for (const [path, token] of [['register'], ['upgrade', await aDevice()]]) {
      const body = { ...named(), email, device: null };
      const answer = await call<Tokens>(gateway, `/api/auth/${path}`, { body, token });
      expect([path, answer.status]).toEqual([path, answer.status === 200 ? 200 : 201]);
      const account = await me({ token: answer.data.accessToken });
      expect(account.data).toMatchObject({ username: body.username, email: null });
    }
  });

  it('is not created if a later step fails', async () => {
    const accounts = () =>
      query(gateway, 'select id, username, is_anonymous from accounts order by id');
    const token = await aDevice();
    const before = await accounts();
    const body = { ...named(), email: anAddress() };
    await query(gateway, 'alter table email_tokens rename to email_tokens_away');
    try {
      expect((await call(gateway, '/api/auth/register', { body })).status).toBe(500);
      expect((await call(gateway, '/api/auth/upgrade', { body, token })).status).toBe(500);
    } finally {
      await query(gateway, 'alter table email_tokens_away rename to email_tokens');
    }
    expect(await accounts()).toEqual(before);
    // The account is still anonymous, and the username still free.
    const upgraded = await call<Tokens>(gateway, '/api/auth/upgrade', { body, token });
    expect(upgraded.data.userId).toBeTruthy();
    await tokenFor(gateway, body.email);
  });
});

describe('where an address is required', () => {
  let strict: Gateway;
  beforeAll(async () => {
    strict = await startGateway({ environment: { EMAIL: 'required' } });
  });

  const register = (email?: string) =>
    call<Tokens>(strict, '/api/auth/register', {
      body: { username: anAddress().slice(0, 30), password: 'a long enough password', email },
    });
  const profiles = ({ token }: Signed, headers = {}) =>
    call(strict, '/api/profiles', { token, headers });

  it('a registration without one is refused', async () => {
    const answer = await register();
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_input']);
    expect(answer.body.error?.details).toEqual([{ field: 'email', message: 'email is required' }]);
  });

  it.each([null, '', ' \t'])('a registration or an upgrade with %j is refused', async (email) => {
    const accounts = () => query(strict, 'select id, is_anonymous from accounts order by id');
    const { data } = await call<Tokens>(strict, '/api/auth/device', { body: {} });
    const before = await accounts();
    const body = { username: anAddress().slice(0, 30), password: 'a long enough password', email };
    for (const [path, token] of [['register'], ['upgrade', data.accessToken]]) {
      const answer = await call(strict, `/api/auth/${path}`, { body, token });
      expect([path, answer.status, codeOf(answer)]).toEqual([path, 400, 'invalid_input']);
    }
    expect(await accounts()).toEqual(before);
  });

  it('an account can use only its own routes until its address is verified', async () => {
    const email = anAddress();
    const user = { token: (await register(email)).data.accessToken };
    const refused = [
      await profiles(user),
      await call(strict, '/api/chat', { ...user, body: { message: 'x', profile_id: 'notes' } }),
      await call(strict, '/api/chat/conversations', user),
      await call(strict, '/api/admin/users', user),
      await call(strict, '/api/profiles/..%2fauth%2fme', user),
      await profiles(user, { 'X-Original-URL': '/api/auth/me', 'X-Rewrite-URL': '/api/auth/me' }),
    ];
    const codes = refused.map((answer) => `${answer.status} ${codeOf(answer)}`);
    expect(codes.toSpliced(3, 1)).toEqual(Array(5).fill('403 email_not_verified'));
    expect(refused[3]!.status).toBe(403);
    expect((await me(user, strict)).data).toMatchObject({ email, emailVerified: false });
    expect((await call(strict, '/api/auth/sessions', user)).status).toBe(200);
    await verify(user, await tokenFor(strict, email), strict);
    expect((await profiles(user)).status).toBe(200);
  });

  it('a wrong address can be corrected before it is verified', async () => {
    const user = { token: (await register(anAddress())).data.accessToken };
    const right = anAddress();
    expect((await put(user, right, strict)).status).toBe(200);
    await verify(user, await tokenFor(strict, right), strict);
    expect((await profiles(user)).status).toBe(200);
    const removal = await remove(user, strict);
    expect([removal.status, codeOf(removal)]).toEqual([409, 'email_required']);
  });

  it('an anonymous account needs none until it is upgraded', async () => {
    const { data } = await call<Tokens>(strict, '/api/auth/device', { body: {} });
    const device = { token: data.accessToken };
    expect((await profiles(device)).status).toBe(200);
    const body = { username: anAddress().slice(0, 30), password: 'a long enough password' };
    const upgrade = (more = {}) =>
      call<Tokens>(strict, '/api/auth/upgrade', { ...device, body: { ...body, ...more } });
    expect(codeOf(await upgrade())).toBe('invalid_input');
    const email = anAddress();
    const user = { token: (await upgrade({ email })).data.accessToken };
    expect(codeOf(await profiles(user))).toBe('email_not_verified');
    await verify(user, await tokenFor(strict, email), strict);
    expect((await profiles(user)).status).toBe(200);
    expect(tokensTo(strict, email)).toHaveLength(1);
  });
});
