import jwt from 'jsonwebtoken';
import { createHash, randomUUID } from 'node:crypto';
import { aUser, call, type Tokens, type User } from '../../e2e/client.ts';
import { runCommand } from '../../e2e/command.ts';
import { aSecret, freshStorage, type Gateway, query, startGateway } from '../../e2e/gateway.ts';

/** The time limit of waits that are not under test, for slow machines. Milliseconds. */
const PATIENCE = 60_000;

// Each rotation runs in a separate process.
vi.setConfig({ testTimeout: 120_000 });

// Two processes on one database; SQLite allows that for the duration of these tests.
let environment: Record<string, string>;
let one: Gateway;
let other: Gateway;
beforeAll(async () => {
  environment = { ...(await freshStorage()), JWT_SECRET: aSecret(), PASSWORD_PEPPER: aSecret() };
  one = await startGateway({ environment });
  other = await startGateway({ environment });
});

const kidOf = (token: string) =>
  (JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid;

const keyId = (secret: string) =>
  createHash('sha256').update(`kid:${secret}`).digest('base64url').slice(0, 12);

const statusOf = async (gateway: Gateway, token: string) =>
  (await call(gateway, '/api/auth/me', { token })).status;

const codeOf = async (gateway: Gateway, token: string) =>
  (await call(gateway, '/api/auth/me', { token })).body.error?.code;

const refresh = async (gateway: Gateway, { refreshToken }: Tokens) =>
  (await call<Tokens>(gateway, '/api/auth/refresh', { body: { refreshToken } })).data;

/** Rotates, and resolves when the instance in this process signs with the new key. */
async function rotate(...options: string[]): Promise<string> {
  const result = await runCommand(one, 'keys', 'rotate', ...options);
  expect(result).toMatchObject({ code: 0, stderr: '' });
  const kid = /^Key (\S+) signs/.exec(result.stdout)![1]!;
  await vi.waitFor(async () => expect(kidOf((await aUser(one)).token)).toBe(kid), {
    timeout: PATIENCE,
  });
  return kid;
}

/** A time in the format of the database. */
const setDate = (column: string, kid: string, date: Date) =>
  query(
    one,
    `update signing_keys set ${column} = ${
      environment.DATABASE_URL ? `'${date.toISOString()}'` : date.getTime()
    } where kid = '${kid}'`,
  );

const HOUR = 3_600_000;

describe('without any key in the database', () => {
  it('JWT_SECRET signs', async () => {
    const { token } = await aUser(one);
    expect(kidOf(token)).toBe(keyId(environment.JWT_SECRET!));
    expect(() => jwt.verify(token, environment.JWT_SECRET!)).not.toThrow();
  });
});

describe('a rotation', () => {
  it('invalidates no token on any instance while it runs', async () => {
    const users = await Promise.all([aUser(one), aUser(other), aUser(one)]);
    const seen: unknown[] = [];
    let isOver = false;
    const busy = users.map(async (user, n) => {
      let tokens: Tokens = user;
      while (!isOver) {
        const gateway = seen.length % 2 ? one : other;
        const { status, body } = await call(gateway, '/api/auth/me', { token: tokens.accessToken });
        seen.push(body.error?.code ?? status);
        // A token signed by one instance must be accepted by the other at once.
        if (n === 0) tokens = await refresh(gateway === one ? other : one, tokens);
      }
      return tokens;
    });
    const kids: string[] = [];
    try {
      kids.push(await rotate(), await rotate());
    } finally {
      isOver = true;
    }
    const after = await Promise.all(busy);
    expect(seen.length).toBeGreaterThan(20);
    expect([...new Set(seen)]).toEqual([200]);
    for (const tokens of after) {
      expect(await statusOf(one, tokens.accessToken)).toBe(200);
      expect(await statusOf(other, tokens.accessToken)).toBe(200);
    }
    expect(new Set(kids).size).toBe(2);
  });

  it('sets the new kid in new tokens of every instance, and old tokens still verify', async () => {
    const before = await aUser(other);
    const kid = await rotate();
    await expect
      .poll(async () => kidOf((await aUser(other)).token), { timeout: PATIENCE })
      .toBe(kid);
    expect(kidOf(before.token)).not.toBe(kid);
    for (const gateway of [one, other]) expect(await statusOf(gateway, before.token)).toBe(200);
    expect(kidOf((await refresh(one, before)).accessToken)).toBe(kid);
  });

  it('is adopted by idle instances within a second', { retry: 2 }, async () => {
    const { stdout } = await runCommand(one, 'keys', 'rotate');
    const kid = /^Key (\S+)/.exec(stdout)![1]!;
    const signs = async (gateway: Gateway) => {
      const { data } = await call<Tokens>(gateway, '/api/auth/device', { body: {} });
      return kidOf(data.accessToken);
    };
    // A second, and another one for the calls that check.
    for (const gateway of [one, other]) {
      await expect.poll(() => signs(gateway), { timeout: 2_000, interval: 50 }).toBe(kid);
    }
  });

  it('makes an instance read the keys again for an unknown kid, also among invented ones', async () => {
    const user = await aUser(one);
    const { stdout } = await runCommand(one, 'keys', 'rotate');
    const kid = /^Key (\S+)/.exec(stdout)![1]!;
    const made = () => forged(user, { kid: randomUUID().slice(0, 12) });
    const flood = Array.from({ length: 40 }, () => codeOf(other, made()));
    let tokens: Tokens = user;
    await vi.waitFor(
      async () => {
        tokens = await refresh(one, tokens);
        expect(kidOf(tokens.accessToken)).toBe(kid);
      },
      { timeout: PATIENCE },
    );
    expect(await statusOf(other, tokens.accessToken)).toBe(200);
    expect([...new Set(await Promise.all(flood))]).toEqual(['invalid_token']);
  });

  it('is safe beside concurrent ones: each creates a key, and one signs', async () => {
    const results = await Promise.all(
      Array.from({ length: 4 }, () => runCommand(one, 'keys', 'rotate')),
    );
    expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const made = results.map(({ stdout }) => /^Key (\S+)/.exec(stdout)![1]!);
    const rows = await query(one, 'select kid, retires_at from signing_keys');
    const current = rows.filter(({ retires_at }) => retires_at === null);
    expect(current).toHaveLength(1);
    expect(made).toContain(current[0]!.kid);
    expect(rows.map(({ kid }) => kid)).toEqual(expect.arrayContaining(made));
    // The database itself refuses a second one.
    const second = `insert into signing_keys (kid, secret, revokes, created_at)
      select 'AAAAAAAAAAAA', secret, '', created_at from signing_keys where retires_at is null`;
    await expect(query(one, second)).rejects.toThrow(/unique/i);
  });
});

describe('a key that has retired', () => {
  it('no longer verifies, is deleted, and its sessions continue', async () => {
    const old = await rotate();
    const user = await aUser(one);
    expect(kidOf(user.token)).toBe(old);
    await rotate();
    // Cached as verified on both instances.
    for (const gateway of [one, other]) expect(await statusOf(gateway, user.token)).toBe(200);
    const hasRow = () => query(one, `select kid from signing_keys where kid = '${old}'`);
    await setDate('retires_at', old, new Date(Date.now() - 1_000));
    for (const gateway of [one, other]) {
      await expect
        .poll(() => codeOf(gateway, user.token), { timeout: PATIENCE })
        .toBe('invalid_token');
    }
    // Kept for a while for instances whose clocks are behind.
    expect(await hasRow()).toHaveLength(1);
    await setDate('retires_at', old, new Date(Date.now() - 2 * HOUR));
    await expect.poll(hasRow, { timeout: PATIENCE }).toEqual([]);
    const { accessToken } = await refresh(one, user);
    expect(await statusOf(other, accessToken)).toBe(200);
  });

  it('includes JWT_SECRET, a day after its first successor', async () => {
    const storage = { ...environment, ...(await freshStorage()) };
    const gateway = await startGateway({ environment: storage });
    const user = await aUser(gateway);
    const { stdout } = await runCommand(gateway, 'keys', 'rotate');
    const kid = /^Key (\S+)/.exec(stdout)![1]!;
    await expect
      .poll(async () => kidOf((await aUser(gateway)).token), { timeout: PATIENCE })
      .toBe(kid);
    expect(await statusOf(gateway, user.token)).toBe(200);
    const created = new Date(Date.now() - 25 * HOUR);
    const text = storage.DATABASE_URL ? `'${created.toISOString()}'` : created.getTime();
    await query(gateway, `update signing_keys set created_at = ${text} where kid = '${kid}'`);
    await expect
      .poll(() => codeOf(gateway, user.token), { timeout: PATIENCE })
      .toBe('invalid_token');
    const { accessToken } = await refresh(gateway, user);
    expect(await statusOf(gateway, accessToken)).toBe(200);

    // The same holds after a restart.
    await gateway.stop();
    const again = await startGateway({ environment: storage });
    expect(await codeOf(again, user.token)).toBe('invalid_token');
    expect(await statusOf(again, accessToken)).toBe(200);
  });
});

describe('a rotation that revokes the old keys', () => {
  it('refuses tokens of all of them within seconds, and every phone can renew its session', async () => {
    const byRoot = forged(await aUser(one), { kid: keyId(environment.JWT_SECRET!) });
    await rotate();
    const users = [await aUser(one), await aUser(other)];
    await rotate();
    for (const user of users) {
      for (const gateway of [one, other]) expect(await statusOf(gateway, user.token)).toBe(200);
    }
    expect(await statusOf(one, byRoot)).toBe(200);
    await rotate('--revoke-old');
    for (const gateway of [one, other]) {
      for (const token of [byRoot, ...users.map((user) => user.token)]) {
        await expect
          .poll(() => codeOf(gateway, token), { timeout: PATIENCE })
          .toBe('invalid_token');
      }
    }
    for (const user of users) {
      const { accessToken } = await refresh(other, user);
      expect(await statusOf(one, accessToken)).toBe(200);
    }
    expect(await query(one, 'select kid from signing_keys')).toHaveLength(1);
  });

  it('stays in force when another key follows', async () => {
    const user = await aUser(one);
    await rotate('--revoke-old');
    await rotate();
    const byRoot = forged(user, { kid: keyId(environment.JWT_SECRET!) });
    for (const instance of [one, other])
      await expect
        .poll(() => codeOf(instance, byRoot), { timeout: PATIENCE })
        .toBe('invalid_token');
  });
});

describe('a forged kid', () => {
  // JWT_SECRET is in force, so that only the kid is wrong.
  let unrotated: Gateway;
  beforeAll(async () => {
    unrotated = await startGateway({
      environment: { ...environment, ...(await freshStorage()) },
    });
  });

  it('is the only flaw of these tokens: with the right one the token is accepted', async () => {
    const token = forged(await aUser(unrotated), { kid: keyId(environment.JWT_SECRET!) });
    expect(await statusOf(unrotated, token)).toBe(200);
  });

  it.each([
    ['of no key', 'AAAAAAAAAAAA'],
    ['that is a path', '../../dev/null'],
    ['that is a query', "x' or '1'='1"],
    ['that is a property of every object', '__proto__'],
    ['that is too long', 'k'.repeat(2_000)],
    ['that is empty', ''],
    ['that is a number', 7],
    ['that is a list', ['AAAAAAAAAAAA']],
    ['that is missing', undefined],
  ])('%s is refused', async (_, kid) => {
    const token = forged(await aUser(unrotated), { kid });
    expect(await codeOf(unrotated, token)).toBe('invalid_token');
  });

  it('of the signing key does not help without that key', async () => {
    const user = await aUser(one);
    const token = forged(user, { kid: kidOf(user.token) }, 'x'.repeat(64));
    expect(await codeOf(one, token)).toBe('invalid_token');
  });

  it('with another algorithm does not help either', async () => {
    const user = await aUser(one);
    const [, claims] = user.token.split('.');
    const header = { alg: 'none', typ: 'at+jwt', kid: kidOf(user.token) };
    const token = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${claims}.`;
    expect(await codeOf(one, token)).toBe('invalid_token');
  });
});

describe('stolen rows of the database', () => {
  it('cannot sign', async () => {
    const user = await aUser(one);
    const [row] = await query(one, 'select kid, secret from signing_keys where retires_at is null');
    const { kid, secret } = row as { kid: string; secret: string };
    expect(kid).toBe(kidOf(user.token));
    const bytes = Buffer.from(secret, 'base64url');
    const guesses = [secret, bytes, bytes.subarray(12), bytes.subarray(12, -16), kid];
    for (const guess of guesses) {
      expect(await codeOf(one, forged(user, { kid }, guess))).toBe('invalid_token');
    }
  });

  it('are opened neither under another id nor with another root', async () => {
    const user = await aUser(one);
    const column = environment.DATABASE_URL ? 'now()' : String(Date.now());
    const later = environment.DATABASE_URL ? "'2100-01-01'" : String(Date.now() + 1e12);
    await query(
      one,
      `insert into signing_keys (kid, secret, revokes, created_at, retires_at)
       select 'AAAAAAAAAAAA', secret, '', ${column}, ${later} from signing_keys where retires_at is null`,
    );
    const stranger = { environment: { ...environment, JWT_SECRET: aSecret() } };
    const { stdout } = await runCommand(stranger, 'keys', 'list');
    expect(stdout).toContain(`${kidOf(user.token)}  database`);
    expect(stdout).toMatch(new RegExp(`${kidOf(user.token)} .*JWT_SECRET does not open it`));
    const own = await runCommand(one, 'keys', 'list');
    expect(own.stdout).toMatch(/AAAAAAAAAAAA .*JWT_SECRET does not open it/);
    await query(one, "delete from signing_keys where kid = 'AAAAAAAAAAAA'");
  });
});

describe('another JWT_SECRET', () => {
  it('signs by itself, and with the previous one set no token is lost', async () => {
    const storage = await freshStorage();
    const first = { ...environment, ...storage };
    const before = await startGateway({ environment: first });
    const rootUser = await aUser(before);
    await runCommand(before, 'keys', 'rotate');
    let user: User | undefined;
    await vi.waitFor(
      async () => {
        user = await aUser(before);
        expect(kidOf(user.token)).not.toBe(kidOf(rootUser.token));
      },
      { timeout: PATIENCE },
    );
    await before.stop();

    const next = { ...first, JWT_SECRET: aSecret(), JWT_SECRET_PREVIOUS: first.JWT_SECRET! };
    const after = await startGateway({ environment: next });
    expect(await statusOf(after, user!.token)).toBe(200);
    expect(await statusOf(after, rootUser.token)).toBe(200);
    const renewed = await refresh(after, user!);
    expect(kidOf(renewed.accessToken)).toBe(keyId(next.JWT_SECRET));
    // Its first key becomes the signer, and keys wrapped under the previous secret retire like any other.
    await runCommand(after, 'keys', 'rotate');
    const { stdout } = await runCommand(after, 'keys', 'list');
    expect(stdout.match(/ signs$/gm)).toHaveLength(1);
    expect(stdout).toMatch(new RegExp(`${kidOf(user!.token)} .*verifies until`));
    expect(await statusOf(after, user!.token)).toBe(200);
    await after.stop();

    const alone = await startGateway({
      environment: { ...next, JWT_SECRET_PREVIOUS: '' },
    });
    expect(await codeOf(alone, user!.token)).toBe('invalid_token');
    expect(await statusOf(alone, renewed.accessToken)).toBe(200);
    expect(await statusOf(alone, (await refresh(alone, rootUser)).accessToken)).toBe(200);
  });
});

describe('a rotation while JWT_SECRET is being replaced', () => {
  it('keeps sign-ins on instances that still have the old one', async () => {
    const storage = await freshStorage();
    const [old, next] = [aSecret(), aSecret()];
    const start = (JWT_SECRET: string, JWT_SECRET_PREVIOUS: string) =>
      startGateway({
        environment: { ...environment, ...storage, JWT_SECRET, JWT_SECRET_PREVIOUS },
      });
    const behind = await start(old, next);
    // The old secret itself was revoked before.
    const first = await runCommand(behind, 'keys', 'rotate', '--revoke-old');
    const kid = /^Key (\S+)/.exec(first.stdout)![1]!;
    const longAgo = new Date(Date.now() - 25 * HOUR);
    const text = storage.DATABASE_URL ? `'${longAgo.toISOString()}'` : longAgo.getTime();
    await query(behind, `update signing_keys set created_at = ${text} where kid = '${kid}'`);
    await expect
      .poll(async () => kidOf((await aUser(behind)).token), { timeout: PATIENCE })
      .toBe(kid);

    const ahead = await start(next, old);
    const second = await runCommand(ahead, 'keys', 'rotate');
    const newKid = /^Key (\S+)/.exec(second.stdout)![1]!;
    await expect
      .poll(async () => kidOf((await aUser(ahead)).token), { timeout: PATIENCE })
      .toBe(newKid);
    const here = await aUser(behind);
    expect(await statusOf(ahead, here.token)).toBe(200);
    expect(await statusOf(behind, here.token)).toBe(200);
    expect(await statusOf(behind, (await aUser(ahead)).token)).toBe(200);
    const byRevoked = forged(here, { kid: keyId(old) }, old);
    for (const gateway of [behind, ahead]) {
      expect(await codeOf(gateway, byRevoked)).toBe('invalid_token');
    }
  });
});

describe('the command', () => {
  it('changes nothing with a JWT_SECRET that decrypts no key, unless --new-secret is given', async () => {
    const storage = await freshStorage();
    const right = { environment: { ...environment, ...storage, JWT_SECRET: aSecret() } };
    const wrong = { environment: { ...right.environment, JWT_SECRET: aSecret() } };
    await runCommand(right, 'keys', 'rotate');
    const rows = () => query(right, 'select * from signing_keys order by kid');
    const before = await rows();
    for (const options of [[], ['--revoke-old']]) {
      const result = await runCommand(wrong, 'keys', 'rotate', ...options);
      expect(result).toMatchObject({ code: 1, stdout: '' });
      expect(result.stderr.trim()).toMatch(/^JWT_SECRET opens none of the keys .*--new-secret\.$/);
      expect(await rows()).toEqual(before);
    }
    const meant = await runCommand(wrong, 'keys', 'rotate', '--revoke-old', '--new-secret');
    expect(meant.code).toBe(0);
    // On a slow machine the process sees its own change before it ends, and says so.
    expect(meant.stderr).not.toMatch(/^[^{]|"level":"(?:warn|error|fatal)"/m);
    expect(await rows()).toHaveLength(1);
    expect(await rows()).not.toEqual(before);
  });

  it('lists the keys without secrets', async () => {
    await rotate();
    const { code, stdout, stderr } = await runCommand(one, 'keys', 'list');
    expect([code, stderr]).toEqual([0, '']);
    const rows = await query(one, 'select kid, secret from signing_keys');
    for (const { kid, secret } of rows as { kid: string; secret: string }[]) {
      expect(stdout).toContain(kid);
      expect(stdout).not.toContain(secret.slice(0, 12));
    }
    expect(stdout).not.toContain(environment.JWT_SECRET!.slice(0, 12));
  });

  it('records each rotation without an actor', async () => {
    const kid = await rotate('--revoke-old');
    const records = await query(
      one,
      `select actor_id, object_type, outcome, ip from audit_records
       where action = 'keys.rotated' and object_id = '${kid}'`,
    );
    expect(records).toEqual([
      { actor_id: null, object_type: 'signing_key', outcome: 'succeeded', ip: 'cli' },
    ]);
  });

  it.each([
    [
      ['keys', 'rotate', '--revoke-all'],
      2,
      /^Usage: npm run gateway -- keys rotate \[--revoke-old\] \[--new-secret\]$/,
    ],
    [['keys', 'rotate', 'now'], 2, /^Usage: npm run gateway -- keys rotate/],
    [['keys'], 2, /^Usage: npm run gateway -- <command>\n/],
    [[], 2, /^Usage: npm run gateway -- <command>\n/],
  ])('prints its usage for %j', async (words, code, stderr) => {
    const result = await runCommand(one, ...words);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr.trim()).toMatch(stderr);
  });

  it('reports invalid input in one line', async () => {
    const short = { environment: { ...environment, JWT_SECRET: 'short' } };
    const result = await runCommand(short, 'keys', 'rotate');
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^Invalid configuration: JWT_SECRET .*32/),
    ]);
  });
});

/** A user's token with another header, signed with the secret of the environment by default. */
function forged(
  user: Pick<User, 'token'>,
  { kid }: { kid: unknown },
  secret: string | Buffer = environment.JWT_SECRET!,
): string {
  const claims = jwt.decode(user.token) as jwt.JwtPayload;
  const header = { alg: 'HS256', typ: 'at+jwt', kid } as jwt.JwtHeader;
  return jwt.sign(claims, secret, { algorithm: 'HS256', header });
}
