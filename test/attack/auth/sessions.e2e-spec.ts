import {
  aUser,
  call,
  onceServed,
  lastLetThrough,
  type Tokens,
  type User,
} from '../../e2e/client.ts';
import { aBoundUser, aKey, callWith } from '../../e2e/device-key.ts';
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

describe('the list of sessions', () => {
  it.each([
    `'); delete from sessions; --`,
    `\\'); delete from sessions; --`,
    `a\\' or \\"1\\"=\\"1`,
    '? ?? :name $1 \\? \\',
    `E'\\x27' || $$;$$ /* -- */`,
  ])('keeps the device name %j unchanged', async (name) => {
    const user = await aUser(gateway);
    const { data: first } = await login(user, { name, platform: name, appVersion: name });
    // A further sign-in with the device token takes another path: it updates the stored name.
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

  it('shows each with its device details and a masked client address', async () => {
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

  it('contains the caller’s own sessions only, and only those can be ended', async () => {
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
    'contains no session with the id %s',
    async (id) => {
      const user = await aUser(gateway);
      expect([400, 404]).toContain((await end(user.token, encodeURIComponent(id))).status);
    },
  );

  it('refuses device details that are unknown, or not strings', async () => {
    const user = await aUser(gateway);
    for (const device of [{ name: 5 }, { root: true }, 'phone', [{}]]) {
      const answer = await call(gateway, '/api/auth/login', {
        body: { username: user.username, password: user.password, device },
      });
      expect(answer.status).toBe(400);
    }
  });
});

describe('a device detail', () => {
  const signIn = async (device: unknown) => {
    const user = await aUser(gateway);
    const { username, password } = user;
    const answer = await call<Tokens>(gateway, '/api/auth/login', {
      body: { username, password, device },
    });
    expect([answer.status, answer.text.slice(0, 200)]).toEqual([200, expect.any(String)]);
    const { data } = await call<Record<string, unknown>[]>(gateway, '/api/auth/sessions', {
      token: answer.data.accessToken,
    });
    return data.find(({ isCurrent }) => isCurrent)!;
  };

  it.each(['', null, '  ', undefined])('is omitted if it is %j', async (absent) => {
    const fields = { name: absent, platform: absent, appVersion: absent, token: absent };
    expect(await signIn(fields)).toMatchObject({
      deviceName: null,
      platform: null,
      appVersion: null,
    });
  });

  it('is truncated at a whole character if it is too long', async () => {
    const session = await signIn({
      name: `${'x'.repeat(59)}\u{1f4f1} and more`,
      platform: 'y'.repeat(10_000),
      appVersion: ` ${'z'.repeat(40)} `,
      token: 't'.repeat(65),
    });
    expect(session).toMatchObject({
      deviceName: 'x'.repeat(59),
      platform: 'y'.repeat(40),
      appVersion: 'z'.repeat(40),
    });
  });

  it('does not fail a sign-in by half an emoji, or a character that cannot be stored', async () => {
    const body = {
      name: 'Ada\ud83d',
      platform: 'i\0OS 26 \0',
      appVersion: '\udcf1',
      token: '\ud83d\0',
    };
    expect(await signIn(body)).toMatchObject({
      deviceName: 'Ada',
      platform: 'iOS 26',
      appVersion: null,
    });
  });

  it('is omitted if the whole device is null', async () => {
    expect(await signIn(null)).toMatchObject({ deviceName: null });
  });
});

describe('ending sessions', () => {
  it('works at once by an id in upper case', async () => {
    const user = await aUser(gateway);
    const { data: stolen } = await login(user);
    const id = await currentOf(stolen.accessToken);
    // Cached as live a moment ago.
    expect(await statusOf(stolen.accessToken)).toBe(200);
    expect((await end(user.token, id.toUpperCase())).status).toBe(200);
    expect(await statusOf(stolen.accessToken)).toBe(401);
  });

  it('takes effect at the next request of the other device, and for its refresh token', async () => {
    const user = await aUser(gateway);
    const { data: stolen } = await login(user);
    const id = await currentOf(stolen.accessToken);
    expect((await end(user.token, id)).status).toBe(200);
    expect(await statusOf(stolen.accessToken)).toBe(401);
    expect((await refresh(stolen.refreshToken)).status).toBe(401);
    expect(await statusOf(user.token)).toBe(200);
  });

  it('can end all of them at once, including the current one', async () => {
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

  it('requires the password again when the last proof has expired', async () => {
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

  it('replaces the session at the step-up, so that stolen tokens become invalid', async () => {
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

  it('reaches another instance within a second', { retry: 2 }, async () => {
    const storage = await freshStorage();
    const [one, two] = await Promise.all([
      startGateway({ environment: storage }),
      startGateway({ environment: storage }),
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
  it('ends after thirty days without use', async () => {
    const user = await aUser(gateway);
    await age(await currentOf(user.token), 'last_seen_at', 31 * 86_400_000);
    await expect.poll(() => statusOf(user.token)).toBe(401);
    expect((await refresh(user.refreshToken)).status).toBe(401);
  });

  it('ends after ninety days regardless of use', async () => {
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

  it('can be renewed after use by its access token alone', async () => {
    const brief = await startGateway({ environment: { SESSION_IDLE: '5m' } });
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

  it('is not continued by another sign-in, which opens a new one', async () => {
    const user = await aUser(gateway);
    const { data } = await login(user);
    expect(await currentOf(data.accessToken)).not.toBe(await currentOf(user.token));
  });

  it('is one of twenty at most: a further sign-in ends the least recently seen', async () => {
    const user = await aUser(gateway);
    await age(await currentOf(user.token), 'last_seen_at', 60_000);
    let last = '';
    for (let n = 0; n < 20; n += 1) last = (await login(user)).data.accessToken;
    expect(await sessionsOf(last)).toHaveLength(20);
    await expect.poll(() => statusOf(user.token)).toBe(401);
  });
});

describe('a reused refresh token', () => {
  it('ends the session, and the owner is notified on the other device', async () => {
    const user = await aUser(gateway);
    const { data: phone } = await login(user);
    const { data: next } = await refresh(phone.refreshToken);
    await refresh(next.refreshToken);
    expect((await refresh(phone.refreshToken)).status).toBe(401);
    expect(await statusOf(next.accessToken)).toBe(401);
    expect(await noticesOf(user.token)).toContain('refresh_token_reused');
    await expect.poll(() => gateway.log()).toContain('auth.refresh.reused');
  });

  it('ends the session after the grace even if its successor was never used', async () => {
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

  it('causes one notice for concurrent reuses', async () => {
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

  it('causes no notice for a hundred concurrent retries, which get one successor', async () => {
    const user = await aUser(gateway);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => refresh(user.refreshToken)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ data }) => data.refreshToken)).size).toBe(1);
    expect(await noticesOf(user.token)).toEqual([]);
  });
});

describe('a renewal whose response was lost', () => {
  const renew = (refreshToken: string, token?: unknown, on: Gateway = gateway) =>
    call<Tokens>(on, '/api/auth/refresh', {
      body: { refreshToken, ...(token === undefined ? {} : { device: { token } }) },
    });
  const secondsAgo = (seconds: number, { environment }: Gateway = gateway) => {
    const then = Date.now() - seconds * 1000;
    return environment.DATABASE_URL ? `to_timestamp(${then} / 1000.0)` : then;
  };
  /** Ages the renewal, as if the phone had been suspended for that time after its request. */
  const suspend = ({ userId }: { userId: string }, seconds: number, on: Gateway = gateway) =>
    query(
      on,
      `update refresh_tokens set used_at = ${secondsAgo(seconds, on)} where used_at is not null
       and session_id in (select id from sessions where account_id = '${userId}')`,
    );
  /** A user whose phone has requested a renewal and never received the response. */
  const aSuspendedUser = async (seconds: number, on: Gateway = gateway) => {
    const user = await aUser(on);
    const { data: lost } = await renew(user.refreshToken, undefined, on);
    await suspend(user, seconds, on);
    return { user, lost };
  };

  it.each([61, 3_600, 29 * 86_400])(
    'is answered with the same successor %i seconds later, if the phone sends its device token',
    async (seconds) => {
      const { user, lost } = await aSuspendedUser(seconds);
      const again = await renew(user.refreshToken, user.deviceToken);
      expect(again.data.refreshToken).toBe(lost.refreshToken);
      expect(await statusOf(again.data.accessToken)).toBe(200);
      expect((await renew(again.data.refreshToken, user.deviceToken)).status).toBe(200);
      expect(await noticesOf(again.data.accessToken)).toEqual([]);
    },
  );

  it('can be retried by an anonymous account, which could not sign in again', async () => {
    const { data: device } = await call<Tokens>(gateway, '/api/auth/device', { body: {} });
    const { data: lost } = await renew(device.refreshToken);
    await suspend(device, 3_600);
    const again = await renew(device.refreshToken, device.deviceToken);
    expect(again.data.refreshToken).toBe(lost.refreshToken);
    expect(await statusOf(again.data.accessToken)).toBe(200);
  });

  it('can be retried with the key of a bound session, and with no other', async () => {
    const user = await aBoundUser(gateway);
    const body = { refreshToken: user.refreshToken };
    const { data: lost } = await callWith<Tokens>(gateway, user.key, '/api/auth/refresh', { body });
    await suspend(user, 3_600);
    const device = { token: user.deviceToken };
    const stolen = { body: { ...body, device } };
    const thief = await callWith(gateway, await aKey(), '/api/auth/refresh', stolen);
    expect([thief.status, thief.body.error?.code]).toEqual([401, 'invalid_dpop_proof']);
    const again = await callWith<Tokens>(gateway, user.key, '/api/auth/refresh', { body });
    expect(again.data.refreshToken).toBe(lost.refreshToken);
  });

  it('counts as reuse without that proof, or with the token of another device or account', async () => {
    const eve = await aUser(gateway);
    const shown = [
      () => undefined,
      () => 'x'.repeat(43),
      () => eve.deviceToken,
      async (user: User) => (await login(user)).data.deviceToken,
    ];
    for (const show of shown) {
      const { user, lost } = await aSuspendedUser(61);
      const answer = await renew(user.refreshToken, await show(user));
      expect([answer.status, answer.body.error?.code]).toEqual([401, 'invalid_refresh_token']);
      expect(await statusOf(lost.accessToken)).toBe(401);
      expect((await renew(lost.refreshToken, user.deviceToken)).status).toBe(401);
      expect(await noticesOf((await login(user)).data.accessToken)).toContain(
        'refresh_token_reused',
      );
    }
  });

  it('counts as reuse once its successor was used, even with the device token', async () => {
    const { user, lost } = await aSuspendedUser(61);
    const { data: next } = await renew(lost.refreshToken);
    expect((await renew(user.refreshToken, user.deviceToken)).status).toBe(401);
    expect(await statusOf(next.accessToken)).toBe(401);
  });

  it('cannot be retried after the idle limit, nor after the end of the session', async () => {
    const late = await aSuspendedUser(31 * 86_400);
    expect((await renew(late.user.refreshToken, late.user.deviceToken)).status).toBe(401);
    expect(await statusOf(late.lost.accessToken)).toBe(401);
    for (const column of ['expires_at', 'last_seen_at', 'revoked_at']) {
      const { user } = await aSuspendedUser(61);
      await query(
        gateway,
        `update sessions set ${column} = ${secondsAgo(31 * 86_400)}
         where account_id = '${user.userId}'`,
      );
      expect((await renew(user.refreshToken, user.deviceToken)).status).toBe(401);
    }
  });

  it('has one successor for a hundred concurrent calls, which has one in turn', async () => {
    const { user, lost } = await aSuspendedUser(3_600);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () =>
        onceServed(() => renew(user.refreshToken, user.deviceToken)),
      ),
    );
    expect(new Set(answers.map(({ data }) => data.refreshToken))).toEqual(
      new Set([lost.refreshToken]),
    );
    // Concurrent uses of the successor and retries of its predecessor do not fork the token family.
    const both = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        renew(n % 2 ? lost.refreshToken : user.refreshToken, user.deviceToken),
      ),
    );
    const lines = both.flatMap(({ status, body }) =>
      status === 200 ? [body.data!.refreshToken] : [],
    );
    expect(new Set([...lines, lost.refreshToken]).size).toBeLessThanOrEqual(2);
  });

  it('has the same successor after a restart, and REFRESH_GRACE=0s disables retries without a proof', async () => {
    const before = await startGateway({ environment: await freshStorage() });
    const { user, lost } = await aSuspendedUser(3_600, before);
    const other = await aSuspendedUser(1, before);
    await before.kill();
    const environment = { ...before.environment, REFRESH_GRACE: '0s' };
    const after = await startGateway({ environment });
    const again = await renew(user.refreshToken, user.deviceToken, after);
    expect(again.data.refreshToken).toBe(lost.refreshToken);
    expect((await renew(other.user.refreshToken, undefined, after)).status).toBe(401);
  }, 120_000);
});

describe('a sign-in on a new device', () => {
  it('is notified to the owner; one on a known device is not', async () => {
    const user = await aUser(gateway);
    const { data: phone } = await login(user, { name: 'Unknown phone' });
    expect(phone.deviceToken).toBeTypeOf('string');
    expect(await noticesOf(user.token)).toEqual(['new_device']);
    const { data: again } = await login(user, { token: phone.deviceToken });
    expect(again.deviceToken).toBeUndefined();
    expect(await noticesOf(user.token)).toEqual(['new_device']);
  });

  it('is not recognized as known by another account’s device token', async () => {
    const [ada, mallory] = [await aUser(gateway), await aUser(gateway)];
    const { data } = await login(ada, { token: mallory.deviceToken });
    expect(data.deviceToken).toBeTypeOf('string');
    expect(await noticesOf(ada.token)).toEqual(['new_device']);
  });
});
