import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import pg from 'pg';
import { type Answer, aUser, call, type Tokens } from '../../e2e/client.ts';
import { type Gateway, linesOf, query, startGateway } from '../../e2e/gateway.ts';
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
import { confirm, enrol } from './second-factor-user.ts';
import { codeOf as totpOf } from './totp-code.ts';

const LINK = 'https://app.example.org/account';
const PASSWORD = 'a wholly different horse';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ environment: { MAIL_APP_LINK: LINK, LOG_LEVEL: 'debug' } });
});

const forgot = (email: unknown, at: Gateway = gateway) =>
  call(at, '/api/auth/password/forgot', { body: { email } });
const reset = (token: unknown, password: unknown = PASSWORD) =>
  call(gateway, '/api/auth/password/reset', { body: { token, password } });
const login = (username: string, password: string) =>
  call<Tokens>(gateway, '/api/auth/login', { body: { username, password } });
/** Parses a time in the format of either database. */
const momentOf = (column: unknown) => new Date(column as string | number).getTime();
const codeOf = ({ body }: Answer<unknown>) => body.error?.code;

/** Requests a reset and returns the token of the last mail to the address. */
async function aResetToken(email: string): Promise<string> {
  const before = tokensTo(gateway, email).length;
  await forgot(email);
  return tokenFor(gateway, email, before + 1);
}

describe('asking for a new password', { timeout: 120_000 }, () => {
  /** The response without the parts that differ each time. */
  const shown = ({ status, headers, body }: Answer) => ({
    status,
    body,
    headers: [...headers.entries()].filter(
      ([name]) => !['date', 'x-request-id', 'ratelimit'].includes(name),
    ),
  });

  it('gets the same response whether or not the address is known', async () => {
    const known = await aUserWithEmail(gateway);
    const pending = await aUser(gateway);
    const unverified = anAddress();
    const put = { method: 'PUT', token: pending.token, body: { email: unverified } };
    await call(gateway, '/api/auth/email', put);
    const answer = shown(await forgot(known.email));
    expect(answer).toMatchObject({ status: 200, body: { success: true, data: null } });
    expect(shown(await forgot(anAddress()))).toEqual(answer);
    expect(shown(await forgot(unverified))).toEqual(answer);
    expect(shown(await forgot(known.email.toUpperCase()))).toEqual(answer);
  });

  it('is answered before any work that depends on the address', async () => {
    const { email, userId } = await aUserWithEmail(gateway);
    const before = mailsOf(gateway, email).length;
    // If the response waited for the lookup of the account, or for its token, it could not be sent now.
    await query(gateway, 'alter table email_tokens rename to email_tokens_away');
    await query(gateway, 'alter table accounts rename column email_key to email_key_away');
    try {
      expect((await forgot(email)).status).toBe(200);
      expect((await forgot(anAddress())).status).toBe(200);
    } finally {
      await query(gateway, 'alter table accounts rename column email_key_away to email_key');
      await query(gateway, 'alter table email_tokens_away rename to email_tokens');
    }
    await untilMails(gateway, email, before + 1);
    const rows = await query(
      gateway,
      `select * from email_tokens where account_id = '${userId}' and purpose = 'reset'`,
    );
    expect(rows).toHaveLength(1);
  });

  it('sends mail to verified addresses only, in the spelling of the account', async () => {
    const { email } = await aUserWithEmail(gateway, anAddress().replace('a', 'Ada.'));
    const pending = await aUser(gateway);
    const [unverified, unknown] = [anAddress(), anAddress()];
    await call(gateway, '/api/auth/email', {
      method: 'PUT',
      token: pending.token,
      body: { email: unverified },
    });
    const had = mailsOf(gateway, email).length;
    for (const asked of [unverified, unknown, email.toLowerCase()]) await forgot(asked);
    await untilMails(gateway, email, had + 1);
    await untilQuiet(gateway);
    expect(mailsOf(gateway, unknown)).toEqual([]);
    expect(mailsOf(gateway, unverified).map(({ subject }) => subject)).toEqual([
      'Confirm your address',
    ]);
    expect(mailsOf(gateway, email.toLowerCase())).toEqual([]);
  });

  it('sends one mail while its token is valid, for any number of requests', async () => {
    const { email } = await aUserWithEmail(gateway);
    const before = tokensTo(gateway, email).length;
    const answers = await Promise.all(Array.from({ length: 30 }, () => forgot(email)));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    await untilQuiet(gateway);
    const tokens = tokensTo(gateway, email).slice(before);
    expect(tokens).toHaveLength(1);
    expect((await reset(tokens[0])).status).toBe(200);
  });

  it('never delays the owner because of earlier requests by others', async () => {
    const { email, userId } = await aUserWithEmail(gateway);
    for (let count = 0; count < 5; count += 1) await forgot(email);
    await untilQuiet(gateway);
    await expireTokens(gateway, userId);
    expect((await reset(await aResetToken(email))).status).toBe(200);
    // After the token was used, the next one is issued at once.
    expect((await reset(await aResetToken(email), 'yet another long horse')).status).toBe(200);
  });

  it('is processed after a random delay', async () => {
    const waits: number[] = [];
    for (let count = 0; count < 5; count += 1) {
      const { email, userId } = await aUserWithEmail(gateway);
      const { headers } = await forgot(email);
      await untilQuiet(gateway);
      const [row] = await query(
        gateway,
        `select occurred_at, created_at from audit_records, email_tokens
         where request_id = '${headers.get('x-request-id')}' and account_id = '${userId}'`,
      );
      waits.push(momentOf(row!.created_at) - momentOf(row!.occurred_at));
    }
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(40);
    expect(new Set(waits).size).toBeGreaterThan(1);
  });

  it.runIf(process.env.E2E_DATABASE_URL)(
    'issues no token to an address that is being replaced concurrently',
    async () => {
      const { email, userId } = await aUserWithEmail(gateway);
      const next = anAddress();
      const client = new pg.Client({ connectionString: gateway.environment.DATABASE_URL });
      await client.connect();
      try {
        await client.query('begin');
        await client.query(
          `update accounts set email = '${next}', email_key = '${next}' where id = '${userId}'`,
        );
        await forgot(email);
        await vi.waitFor(async () => {
          const waiting = `select 1 from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'`;
          expect(await query(gateway, waiting)).toHaveLength(1);
        }, 20_000);
        await client.query('commit');
      } finally {
        await client.end();
      }
      await untilQuiet(gateway);
      const tokens = `select 1 from email_tokens where account_id = '${userId}'`;
      expect(await query(gateway, tokens)).toEqual([]);
      expect(mailsOf(gateway, email).map(({ subject }) => subject)).toEqual([
        'Confirm your address',
      ]);
    },
  );

  it('takes the link from the configuration, regardless of Host', async () => {
    const { email } = await aUserWithEmail(gateway);
    const before = mailsOf(gateway, email).length;
    const { hostname, port } = new URL(gateway.url);
    const headers = {
      Host: 'evil.example',
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'http',
      Forwarded: 'host=evil.example;proto=http',
      'X-Original-URL': 'http://evil.example/',
      Origin: 'https://evil.example',
      Referer: 'https://evil.example/',
      'Content-Type': 'application/json',
    };
    await new Promise<void>((done, fail) => {
      const path = '/api/auth/password/forgot';
      const call = request({ hostname, port, path, method: 'POST', headers }, (answer) => {
        expect(answer.statusCode).toBe(200);
        answer.resume().once('end', done);
      });
      call.once('error', fail).end(JSON.stringify({ email }));
    });
    const mail = (await untilMails(gateway, email, before + 1)).at(-1)!;
    expect(mail.head + mail.text).not.toContain('evil');
    expect(mail.text).toContain(`${LINK}/reset-password#token=${mail.token}\n`);
    expect(mail.text.match(/https?:/g)).toHaveLength(1);
  });

  it.each([
    'ada@example.org\r\nBcc: eve@example.net',
    'ada@example.org\nSubject: x',
    'ada@example.org, eve@example.net',
    'Ada <ada@example.org>',
    'ada@example.org%0aBcc:eve@example.net',
    '"ada\r\n"@example.org',
    'ada@exa\u2028mple.org',
    'ad\u0131@example.org',
    ['ada@example.org'],
    { $ne: null },
    null,
    7,
    `${'a'.repeat(300)}@example.org`,
  ])('refuses %j', async (email) => {
    const answer = await forgot(email);
    expect([answer.status, codeOf(answer)]).toEqual([400, 'invalid_input']);
  });

  it('sends no mail for refused requests', async () => {
    await untilQuiet(gateway);
    expect(mailsOf(gateway).filter(({ to }) => /^ada@|^Ada |eve@/.test(to))).toEqual([]);
  });

  it('sends no mail to a disabled account, and its token is void', async () => {
    const { email, userId } = await aUserWithEmail(gateway);
    const token = await aResetToken(email);
    await query(
      gateway,
      `update accounts set disabled_at = ${ago(gateway, 1)} where id = '${userId}'`,
    );
    expect(codeOf(await reset(token))).toBe('invalid_reset_token');
    await expireTokens(gateway, userId);
    const before = mailsOf(gateway, email).length;
    await forgot(email);
    await untilQuiet(gateway);
    expect(mailsOf(gateway, email)).toHaveLength(before);
  });
});

describe('a reset', () => {
  it('sets the password, opens no session and ends all', async () => {
    const user = await aUserWithEmail(gateway);
    const elsewhere = (await login(user.username, user.password)).data;
    const answer = await reset(await aResetToken(user.email));
    expect([answer.status, answer.body]).toEqual([200, { success: true, data: null }]);
    expect(answer.headers.get('set-cookie')).toBeNull();
    for (const { accessToken, refreshToken } of [user, elsewhere]) {
      const me = await call(gateway, '/api/auth/me', { token: accessToken });
      expect([me.status, codeOf(me)]).toEqual([401, 'session_ended']);
      const renewal = await call(gateway, '/api/auth/refresh', { body: { refreshToken } });
      expect(renewal.status).toBe(401);
    }
    expect((await login(user.username, user.password)).status).toBe(401);
    expect((await login(user.username, PASSWORD)).status).toBe(200);
  });

  it('leaves the second factor as it is: the new password alone opens no session', async () => {
    const user = await aUserWithEmail(gateway);
    const { secret } = (await enrol(gateway, user)).data;
    expect((await confirm(gateway, user, totpOf(secret))).status).toBe(200);
    await reset(await aResetToken(user.email));
    const demand = await login(user.username, PASSWORD);
    expect([demand.status, codeOf(demand)]).toEqual([401, 'second_factor_required']);
  });

  it('forgets the known devices', async () => {
    const user = await aUserWithEmail(gateway);
    const devices = () =>
      query(gateway, `select * from known_devices where account_id = '${user.userId}'`);
    expect(await devices()).toHaveLength(1);
    await reset(await aResetToken(user.email));
    expect(await devices()).toEqual([]);
  });

  it('lifts the lock for unknown devices', async () => {
    const user = await aUserWithEmail(gateway);
    for (let guess = 0; guess < 6; guess += 1) await login(user.username, `wrong ${guess} guess`);
    expect(codeOf(await login(user.username, user.password))).toBe('too_many_attempts');
    await reset(await aResetToken(user.email));
    expect((await login(user.username, PASSWORD)).status).toBe(200);
  });

  it('is notified to the owner', async () => {
    const user = await aUserWithEmail(gateway);
    await reset(await aResetToken(user.email));
    await expect
      .poll(() => mailsOf(gateway, user.email).at(-1)?.text)
      .toMatch(/^The password of your account was set anew by mail\./);
    const token = (await login(user.username, PASSWORD)).data.accessToken;
    const { data } = await call<{ kind: string }[]>(gateway, '/api/auth/notices', { token });
    expect(data.map(({ kind }) => kind)).toContain('password_reset');
  });

  it('is in the audit trail, whether or not it succeeds', async () => {
    const { email } = await aUserWithEmail(gateway);
    const answers = [await reset('x'.repeat(43)), await reset(await aResetToken(email))];
    const outcomes = await Promise.all(
      answers.map(async ({ headers }) => {
        const id = headers.get('x-request-id');
        const [row] = await query(
          gateway,
          `select outcome from audit_records where request_id = '${id}' and action = 'password.reset'`,
        );
        return row?.outcome;
      }),
    );
    expect(outcomes).toEqual(['invalid_reset_token', 'succeeded']);
  });
});

describe('the token of a reset', () => {
  it('works once', async () => {
    const { email } = await aUserWithEmail(gateway);
    const token = await aResetToken(email);
    expect((await reset(token)).status).toBe(200);
    const again = await reset(token, 'yet another long horse');
    expect([again.status, codeOf(again)]).toEqual([400, 'invalid_reset_token']);
  });

  it('works once of twenty concurrent uses, and sets the password of that one', async () => {
    const { email, username } = await aUserWithEmail(gateway);
    const token = await aResetToken(email);
    const passwords = Array.from({ length: 20 }, (_, index) => `simultaneous horse ${index} ox`);
    const answers = await Promise.all(passwords.map((password) => reset(token, password)));
    const won = answers.flatMap(({ status }, index) => (status === 200 ? [index] : []));
    expect(won).toHaveLength(1);
    expect((await login(username, passwords[won[0]!]!)).status).toBe(200);
  });

  it('is valid for ten minutes', async () => {
    const { email, userId } = await aUserWithEmail(gateway);
    const token = await aResetToken(email);
    const [row] = await query(
      gateway,
      `select created_at, expires_at from email_tokens
       where account_id = '${userId}' and purpose = 'reset'`,
    );
    expect(momentOf(row!.expires_at) - momentOf(row!.created_at)).toBe(600_000);
    await expireTokens(gateway, userId);
    expect(codeOf(await reset(token))).toBe('invalid_reset_token');
  });

  it('is void once a newer one is issued', async () => {
    const { email, userId } = await aUserWithEmail(gateway);
    const older = await aResetToken(email);
    await expireTokens(gateway, userId);
    const newer = await aResetToken(email);
    expect(codeOf(await reset(older))).toBe('invalid_reset_token');
    expect((await reset(newer)).status).toBe(200);
  });

  it('is not consumed by a refused password', async () => {
    const { email, username } = await aUserWithEmail(gateway);
    const token = await aResetToken(email);
    for (const weak of ['password1', username]) {
      expect(codeOf(await reset(token, weak))).toBe('weak_password');
    }
    expect(codeOf(await reset(token, 'short'))).toBe('invalid_input');
    expect((await reset(token)).status).toBe(200);
  });

  it('is void after the password or the address was changed', async () => {
    const changed = await aUserWithEmail(gateway);
    const afterChange = await aResetToken(changed.email);
    const { status } = await call(gateway, '/api/auth/password', {
      method: 'PUT',
      token: changed.token,
      body: { currentPassword: changed.password, newPassword: 'my own choice of horses' },
    });
    expect(status).toBe(200);
    expect(codeOf(await reset(afterChange))).toBe('invalid_reset_token');

    const removed = await aUserWithEmail(gateway);
    const afterRemoval = await aResetToken(removed.email);
    await call(gateway, '/api/auth/email', { method: 'DELETE', token: removed.token });
    expect(codeOf(await reset(afterRemoval))).toBe('invalid_reset_token');
  });

  it('cannot verify an address, and a verification token cannot reset a password', async () => {
    const { email, token: access } = await aUserWithEmail(gateway);
    const resetToken = await aResetToken(email);
    const verify = await call(gateway, '/api/auth/email/verify', {
      token: access,
      body: { token: resetToken },
    });
    expect(codeOf(verify)).toBe('invalid_email_token');
    const other = anAddress();
    const put = { method: 'PUT', token: access, body: { email: other } };
    await call(gateway, '/api/auth/email', put);
    expect(codeOf(await reset(await tokenFor(gateway, other)))).toBe('invalid_reset_token');
    expect((await reset(resetToken)).status).toBe(200);
  });

  it.each(['', 'x', 'x'.repeat(43), "' or 1=1 --", '%00', { $ne: '' }, ['a'], null])(
    'is not %j',
    async (token) => {
      const answer = await reset(token);
      expect(answer.status).toBe(400);
      expect(['invalid_reset_token', 'invalid_input']).toContain(codeOf(answer));
    },
  );

  it('is neither in the database nor in the log', async () => {
    const { email, userId } = await aUserWithEmail(gateway);
    const token = await aResetToken(email);
    const rows = await query(gateway, `select * from email_tokens where account_id = '${userId}'`);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(token);
    if (!gateway.environment.DATABASE_URL) {
      const folder = gateway.environment.DATA_DIR!;
      for (const name of readdirSync(folder).filter((file) => file.startsWith('gateway.sqlite'))) {
        expect(readFileSync(join(folder, name)).includes(token)).toBe(false);
      }
    }
    const done = await reset(token);
    expect(done.status).toBe(200);
    await linesOf(gateway, done.headers);
    expect(gateway.log()).not.toContain(token);
    expect(gateway.log()).not.toContain(email);
  });
});

describe('a limit of five attempts', { timeout: 60_000 }, () => {
  it('applies to each requested address in any spelling, separately from sign-ins', async () => {
    const limited = await startGateway({ environment: { LIMIT_LOGIN: '5/15m' } });
    const email = anAddress();
    const body = { username: email, password: 'a wrong password' };
    for (let attempt = 0; attempt < 6; attempt += 1) {
      await call(limited, '/api/auth/login', { body });
    }
    const spellings = [email, email.toUpperCase(), email, email.toUpperCase(), email];
    for (const spelling of spellings) expect((await forgot(spelling, limited)).status).toBe(200);
    const refused = await forgot(email.toUpperCase(), limited);
    expect([refused.status, codeOf(refused)]).toEqual([429, 'rate_limited']);
    expect((await forgot(anAddress(), limited)).status).toBe(200);
  });
});

describe('a process that ends', { timeout: 180_000 }, () => {
  const restart = ({ environment }: Gateway) => startGateway({ environment });
  const files = (at: Gateway) => readdirSync(outboxOf(at));

  it('leaves complete mails or none if it is killed after the response', async () => {
    const doomed = await startGateway();
    const users = [];
    for (let count = 0; count < 4; count += 1) users.push(await aUserWithEmail(doomed));
    await Promise.all(users.map(({ email }) => forgot(email, doomed)));
    await doomed.kill();
    for (const name of files(doomed).filter((file) => file.endsWith('.eml'))) {
      const raw = readFileSync(join(outboxOf(doomed), name), 'utf8');
      expect(raw).toMatch(/^Auto-Submitted: [^]*\r\n\r\n[^]*\.\r\n$/);
    }
    const again = await restart(doomed);
    const { email, userId } = users[0]!;
    // A token whose mail was lost with the process delays the next one until it expires.
    await expireTokens(again, userId);
    const before = mailsOf(again, email).length;
    await forgot(email, again);
    await untilMails(again, email, before + 1);
  });

  it('writes the requested mails if it is stopped after the response', async () => {
    const stopped = await startGateway();
    const { email } = await aUserWithEmail(stopped);
    const before = mailsOf(stopped, email).length;
    await forgot(email, stopped);
    expect(await stopped.stop()).toBe(0);
    expect(mailsOf(stopped, email)).toHaveLength(before + 1);
  });
});
