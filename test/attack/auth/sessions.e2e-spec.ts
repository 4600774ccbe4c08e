import { aUser, call, lastLetThrough, type Tokens, type User } from '../../e2e/client.ts';
import { freshStorage, type Gateway, query, startGateway } from '../../e2e/gateway.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});

interface Session {
  readonly sessionId: string;
  readonly isCurrent: boolean;
  readonly deviceName: string | null;
  readonly platform: string | null;
  readonly appVersion: string | null;
  readonly ip: string;
  readonly createdAt: string;
  readonly lastSeenAt: string;
  readonly expiresAt: string;
  readonly methods: readonly string[];
}

const login = (user: User, device?: object, on: Gateway = gateway) =>
  call<Tokens>(on, '/api/auth/login', {
    body: { username: user.username, password: user.password, ...(device ? { device } : {}) },
  });
const refresh = (refreshToken: string) =>
  call<Tokens>(gateway, '/api/auth/refresh', { body: { refreshToken } });
const sessionsOf = async (token: string) =>
  (await call<Session[]>(gateway, '/api/auth/sessions', { token })).data;
const end = (token: string, sessionId: string) =>
  call(gateway, `/api/auth/sessions/${sessionId}`, { method: 'DELETE', token });
const statusOf = async (token: string, on: Gateway = gateway) =>
  (await call(on, '/api/auth/me', { token })).status;
const noticesOf = async (token: string) =>
  (await call<{ kind: string }[]>(gateway, '/api/auth/notices', { token })).data.map(
    ({ kind }) => kind,
  );
const age = (sessionId: string, column: string, milliseconds: number) => {
  const then = Date.now() - milliseconds;
  const value = gateway.environment.DATABASE_URL ? `to_timestamp(${then} / 1000.0)` : then;
  return query(gateway, `update sessions set ${column} = ${value} where id = '${sessionId}'`);
};
const currentOf = async (token: string) =>
  (await sessionsOf(token)).find(({ isCurrent }) => isCurrent)!.sessionId;

describe('the list of devices', () => {
  it.each([
    `'); delete from sessions; --`,
    `\\'); delete from sessions; --`,
    `a\\' or \\"1\\"=\\"1`,
    '? ?? :name $1 \\? \\',
    `E'\\x27' || $$;$$ /* -- */`,
  ])('keeps %j, as any other name of a device, to the letter', async (name) => {
    const user = await aUser(gateway);
    const { data: first } = await login(user, { name, platform: name, appVersion: name });
    // Once more from the same phone, which goes another way: its name is brought up to date.
    const { data } = await login(user, { name, token: first.deviceToken });
    expect(await sessionsOf(data.accessToken)).toEqual([
      expect.objectContaining({ deviceName: name, isCurrent: true }),
      expect.objectContaining({ deviceName: name, platform: name, appVersion: name }),
      expect.anything(),
    ]);
    const [device] = await query(
      gateway,
      'select name from known_devices where name is not null order by id desc limit 1',
    );
    expect(device?.name).toBe(name);
  });

  it('shows each with what its app told, and an address that is masked', async () => {
    const user = await aUser(gateway);
    const phone = { name: 'Ada’s phone', platform: 'iOS 26.1', appVersion: '1.4.2' };
    const { data } = await login(user, phone);
    const sessions = await sessionsOf(data.accessToken);
    expect(sessions).toHaveLength(2);
    expect(sessions.find(({ isCurrent }) => isCurrent)).toMatchObject({
      deviceName: phone.name,
      platform: phone.platform,
      appVersion: phone.appVersion,
      ip: '127.0.0.0',
      methods: ['pwd'],
    });
    for (const { createdAt, lastSeenAt } of sessions) {
      expect(Math.abs(Date.now() - Date.parse(createdAt))).toBeLessThan(60_000);
      expect(Date.parse(lastSeenAt)).toBeGreaterThanOrEqual(Date.parse(createdAt));
    }
  });

  it('is one’s own, and so is the right to end one of them', async () => {
    const [ada, mallory] = [await aUser(gateway), await aUser(gateway)];
    const [hers] = await sessionsOf(ada.token);
    expect((await sessionsOf(mallory.token)).map(({ sessionId }) => sessionId)).not.toContain(
      hers!.sessionId,
    );
    const attempt = await end(mallory.token, hers!.sessionId);
    expect([attempt.status, attempt.body.error?.code]).toEqual([404, 'session_not_found']);
    expect(await statusOf(ada.token)).toBe(200);
  });

  it.each(['x', "1' or '1'='1", '01a20de4-0000-7000-8000-000000000000'])(
    'has nothing under %s',
    async (id) => {
      const user = await aUser(gateway);
      expect([400, 404]).toContain((await end(user.token, encodeURIComponent(id))).status);
    },
  );

  it('refuses device details that are too long, or unknown', async () => {
    const user = await aUser(gateway);
    for (const device of [{ name: 'x'.repeat(61) }, { root: true }, 'phone', [{}]]) {
      const answer = await call(gateway, '/api/auth/login', {
        body: { username: user.username, password: user.password, device },
      });
      expect(answer.status).toBe(400);
    }
  });
});

describe('ending sessions', () => {
  it('signs the other device out with its very next request, and its refresh token with it', async () => {
    const user = await aUser(gateway);
    const { data: stolen } = await login(user);
    const id = await currentOf(stolen.accessToken);
    expect((await end(user.token, id)).status).toBe(200);
    expect(await statusOf(stolen.accessToken)).toBe(401);
    expect((await refresh(stolen.refreshToken)).status).toBe(401);
    expect(await statusOf(user.token)).toBe(200);
  });

  it('takes all of them at once, this one included', async () => {
    const user = await aUser(gateway);
    const others = [await login(user), await login(user)];
    const answer = await call(gateway, '/api/auth/logout-all', {
      method: 'POST',
      token: user.token,
    });
    expect(answer.status).toBe(200);
    for (const token of [user.token, ...others.map(({ data }) => data.accessToken)]) {
      expect(await statusOf(token)).toBe(401);
    }
  });

  it('asks for the password again when that was proved long ago', async () => {
    const user = await aUser(gateway);
    const { data: other } = await login(user);
    const id = await currentOf(other.accessToken);
    await age(await currentOf(user.token), 'authenticated_at', 11 * 60_000);
    const refused = await end(user.token, id);
    expect([refused.status, refused.body.error?.code]).toEqual([403, 'step_up_required']);
    const wrong = await call(gateway, '/api/auth/step-up', {
      token: user.token,
      body: { password: 'not the password' },
    });
    expect(wrong.status).toBe(401);
    expect((await end(user.token, id)).status).toBe(403);
    const stepUp = await call<Tokens>(gateway, '/api/auth/step-up', {
      token: user.token,
      body: { password: user.password },
    });
    expect((await end(stepUp.data.accessToken, id)).status).toBe(200);
  });

  it('replaces the session, so that a stolen token does not share in it', async () => {
    const user = await aUser(gateway);
    const before = await sessionsOf(user.token);
    const answer = await call<Tokens>(gateway, '/api/auth/step-up', {
      token: user.token,
      body: { password: user.password },
    });
    expect(await statusOf(user.token)).toBe(401);
    expect((await refresh(user.refreshToken)).status).toBe(401);
    const after = await sessionsOf(answer.data.accessToken);
    expect(after).toHaveLength(1);
    expect(after[0]!.sessionId).not.toBe(before[0]!.sessionId);
    expect((await refresh(answer.data.refreshToken)).status).toBe(200);
    const known = await login(user, { token: user.deviceToken });
    expect(known.data.deviceToken).toBeUndefined();
  });

  it('reaches another instance within a second', async () => {
    const storage = await freshStorage();
    const [one, two] = await Promise.all([
      startGateway({ asProcess: true, environment: storage }),
      startGateway({ asProcess: true, environment: storage }),
    ]);
    const user = await aUser(one);
    const { data } = await login(user, undefined, two);
    expect(await statusOf(data.accessToken, two)).toBe(200);
    const answer = await call(one, '/api/auth/logout-all', { method: 'POST', token: user.token });
    expect(answer.status).toBe(200);
    const last = lastLetThrough(async () => (await statusOf(data.accessToken, two)) === 200);
    expect(await last).toBeLessThanOrEqual(1_000);
  });
});

describe('a session', () => {
  it('ends when it is not used for thirty days', async () => {
    const user = await aUser(gateway);
    await age(await currentOf(user.token), 'last_seen_at', 31 * 86_400_000);
    await expect.poll(() => statusOf(user.token)).toBe(401);
    expect((await refresh(user.refreshToken)).status).toBe(401);
  });

  it('ends after ninety days however much it is used', async () => {
    const user = await aUser(gateway);
    const end = async (token: string) => {
      const current = (await sessionsOf(token)).find(({ isCurrent }) => isCurrent)!;
      return [Date.parse(current.createdAt), Date.parse(current.expiresAt)] as const;
    };
    const [begin, over] = await end(user.token);
    expect(over - begin).toBe(90 * 86_400_000);
    const { data: renewed } = await refresh(user.refreshToken);
    expect(await end(renewed.accessToken)).toEqual([begin, over]);
    const body = { password: user.password };
    const { data: proved } = await call<Tokens>(gateway, '/api/auth/step-up', {
      token: renewed.accessToken,
      body,
    });
    expect(await end(proved.accessToken)).toEqual([begin, over]);
    await age(await currentOf(proved.accessToken), 'expires_at', 1000);
    await expect.poll(() => statusOf(proved.accessToken)).toBe(401);
    expect((await refresh(proved.refreshToken)).status).toBe(401);
  });

  it('that is used without being renewed can be renewed all the same', async () => {
    const brief = await startGateway({ asProcess: true, environment: { SESSION_IDLE: '5m' } });
    const user = await aUser(brief);
    const { DATABASE_URL } = brief.environment;
    const earlier = DATABASE_URL ? "- interval '6 minutes'" : '- 360000';
    await query(
      brief,
      `update refresh_tokens set created_at = created_at ${earlier}, expires_at = expires_at ${earlier}`,
    );
    const renewal = { body: { refreshToken: user.refreshToken } };
    expect((await call(brief, '/api/auth/refresh', renewal)).status).toBe(200);
  });

  it('is replaced, not continued, by another sign-in', async () => {
    const user = await aUser(gateway);
    const { data } = await login(user);
    expect(await currentOf(data.accessToken)).not.toBe(await currentOf(user.token));
  });

  it('is one of twenty at most: the one not seen for longest gives way', async () => {
    const user = await aUser(gateway);
    await age(await currentOf(user.token), 'last_seen_at', 60_000);
    let last = '';
    for (let n = 0; n < 20; n += 1) last = (await login(user)).data.accessToken;
    expect(await sessionsOf(last)).toHaveLength(20);
    await expect.poll(() => statusOf(user.token)).toBe(401);
  });
});

describe('a refresh token that comes back after its use', () => {
  it('signs the device out, and its owner is told on the other one', async () => {
    const user = await aUser(gateway);
    const { data: phone } = await login(user);
    const { data: next } = await refresh(phone.refreshToken);
    await refresh(next.refreshToken);
    expect((await refresh(phone.refreshToken)).status).toBe(401);
    expect(await statusOf(next.accessToken)).toBe(401);
    expect(await noticesOf(user.token)).toContain('refresh_token_reused');
    expect(gateway.log()).toContain('auth.refresh.reused');
  });

  it('signs the device out also if its successor was never used, once the grace is over', async () => {
    const user = await aUser(gateway);
    const { data: next } = await refresh(user.refreshToken);
    const usedAt = async (secondsAgo: number) => {
      const then = Date.now() - secondsAgo * 1000;
      const value = gateway.environment.DATABASE_URL ? `to_timestamp(${then} / 1000.0)` : then;
      const session = await query(
        gateway,
        `select id from sessions where account_id = '${user.userId}'`,
      );
      await query(
        gateway,
        `update refresh_tokens set used_at = ${value}
         where used_at is not null and session_id = '${String(session[0]!.id)}'`,
      );
    };
    await usedAt(45);
    expect((await refresh(user.refreshToken)).data.refreshToken).toBe(next.refreshToken);
    await usedAt(61);
    expect((await refresh(user.refreshToken)).status).toBe(401);
    expect(await statusOf(next.accessToken)).toBe(401);
  });

  it('is told of once, however often it comes back at once', async () => {
    const user = await aUser(gateway);
    const { data: phone } = await login(user, { token: user.deviceToken });
    const { data: next } = await refresh(phone.refreshToken);
    await refresh(next.refreshToken);
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => refresh(phone.refreshToken)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    expect(await noticesOf(user.token)).toEqual(['refresh_token_reused']);
  });

  it('is not told of by a hundred retries at once, which get one successor', async () => {
    const user = await aUser(gateway);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => refresh(user.refreshToken)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ data }) => data.refreshToken)).size).toBe(1);
    expect(await noticesOf(user.token)).toEqual([]);
  });
});

describe('a sign-in on a new device', () => {
  it('is told to the owner; one on a known device is not', async () => {
    const user = await aUser(gateway);
    const { data: phone } = await login(user, { name: 'Unknown phone' });
    expect(phone.deviceToken).toBeTypeOf('string');
    expect(await noticesOf(user.token)).toEqual(['new_device']);
    const { data: again } = await login(user, { token: phone.deviceToken });
    expect(again.deviceToken).toBeUndefined();
    expect(await noticesOf(user.token)).toEqual(['new_device']);
  });

  it('cannot pass for a known one by another account’s device token', async () => {
    const [ada, mallory] = [await aUser(gateway), await aUser(gateway)];
    const { data } = await login(ada, { token: mallory.deviceToken });
    expect(data.deviceToken).toBeTypeOf('string');
    expect(await noticesOf(ada.token)).toEqual(['new_device']);
  });
});
