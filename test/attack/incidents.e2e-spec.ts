import { randomUUID } from 'node:crypto';
import { aUser, call, type CallOptions, type User } from '../e2e/client.ts';
import { runCommand } from '../e2e/command.ts';
import { aSecret, freshStorage, type Gateway, query, startGateway } from '../e2e/gateway.ts';
import { aProfilesDir } from '../e2e/profiles.ts';
import { aSlowProfile, streamOf } from '../e2e/streams.ts';
import { aTotpUser, forgetProofs, momentOf, type TotpUser } from './auth/second-factor-user.ts';

/** What contains an incident is in force everywhere within this time. Milliseconds. */
const WITHIN_MS = 1_000;

// What a busy machine takes for its own part comes on top.
const LENIENCE_MS = 2_000;

const isScaled = process.env.E2E_DATABASE_URL !== undefined;

interface Action {
  readonly type: string;
  readonly target: string | null;
  readonly state: string;
  readonly errorCode: string | null;
  readonly resultId: string | null;
  readonly attempts: number;
  readonly wasThere: boolean;
}

interface Containment {
  readonly isContained: boolean;
  readonly actions: readonly Action[];
}

interface Incident {
  readonly id: string;
  readonly phase: string;
  readonly closedAt: string | null;
  readonly affectedAccounts: number;
  readonly items: readonly { id: string; phase: string; state: string; settledBy: string }[];
}

interface Entry {
  readonly number: number;
  readonly kind: string;
  readonly actorId: string | null;
  readonly subject: string | null;
  readonly outcome: string | null;
  readonly text: string;
}

describe('incidents', { timeout: 240_000 }, () => {
  let gateways: Gateway[];
  let gateway: Gateway;
  let other: Gateway;
  let admin: TotpUser;
  let second: TotpUser;

  const anAdmin = async () => {
    const user = await aTotpUser(gateway);
    await query(gateway, `update accounts set role = 'admin' where id = '${user.userId}'`);
    return user;
  };

  beforeAll(async () => {
    const environment = {
      ...(await freshStorage()),
      JWT_SECRET: aSecret(),
      PASSWORD_PEPPER: aSecret(),
      PROFILES_DIR: aProfilesDir(aSlowProfile()),
      TRUST_PROXY: 'loopback',
      SHUTDOWN_DRAIN: '1s',
    };
    gateways = await Promise.all(
      Array.from({ length: isScaled ? 2 : 1 }, () => startGateway({ environment })),
    );
    gateway = gateways[0]!;
    other = gateways.at(-1)!;
    [admin, second] = [await anAdmin(), await anAdmin()];
    // The principal is remembered for a second at most.
    for (const { token } of [admin, second]) {
      await vi.waitUntil(async () => (await ask('', { token })).status === 200, {
        timeout: 20_000,
      });
    }
  });

  const ask = <Data>(path: string, options: CallOptions = {}, to = gateway) =>
    call<Data>(to, `/api/admin/incidents${path}`, { token: admin.token, ...options });
  const anIncident = async (kind = 'credential_attack', title = 'a test') =>
    (await ask<Incident>('', { body: { kind, title } })).data.id;
  const get = async (id: string) => (await ask<Incident>(`/${id}`)).data;
  const move = (id: string, phase: string, reason?: string) =>
    ask<Incident>(`/${id}/phase`, { method: 'PUT', body: { phase, reason } });
  const assess = (id: string, summary = 'It is bad.', token = admin.token) =>
    ask<Incident>(`/${id}/assessment`, {
      method: 'PUT',
      token,
      body: { severity: 'high', summary },
    });
  const contain = (id: string, actions: unknown, options: CallOptions = {}, to = gateway) =>
    ask<Containment>(`/${id}/contain`, { body: { actions }, ...options }, to);
  const settle = (id: string, item: string, state: string, note?: string, token = admin.token) =>
    ask(`/${id}/items/${item}`, { method: 'PUT', token, body: { state, note } });
  const timeline = async (id: string) =>
    (await ask<{ entries: Entry[] }>(`/${id}/timeline?limit=100`)).data.entries;
  const codeOf = async (asked: Promise<{ status: number; body: { error?: { code: string } } }>) => {
    const { status, body } = await asked;
    return [status, body.error?.code ?? 'ok'];
  };
  const statusOf = async (user: Pick<User, 'token'>, to: Gateway) =>
    (await call(to, '/api/auth/me', { token: user.token })).status;
  const everywhere = (user: Pick<User, 'token'>) =>
    Promise.all(gateways.map((to) => statusOf(user, to)));
  const signedOut = () => gateways.map(() => 401);
  const soon = { timeout: WITHIN_MS + LENIENCE_MS, interval: 20 };

  /** Milliseconds from the call until every instance shows its effect. */
  const timed = async (act: () => Promise<unknown>, inForce: () => Promise<unknown>) => {
    const from = performance.now();
    await act();
    await expect.poll(inForce, soon).toBe(true);
    return Math.round(performance.now() - from);
  };

  it('goes through its phases one by one, and closes with lessons', async () => {
    const id = await anIncident();
    expect(await codeOf(move(id, 'contain'))).toEqual([409, 'invalid_phase_change']);
    expect((await move(id, 'assess')).data.phase).toBe('assess');
    expect(await codeOf(move(id, 'contain'))).toEqual([409, 'incident_incomplete']);
    expect(await codeOf(assess(id))).toEqual([200, 'ok']);
    expect((await move(id, 'contain')).data.phase).toBe('contain');
    expect((await move(id, 'eradicate')).data.phase).toBe('eradicate');
    expect(await codeOf(move(id, 'recover'))).toEqual([409, 'incident_incomplete']);

    expect(await codeOf(move(id, 'assess'))).toEqual([409, 'invalid_phase_change']);
    expect((await move(id, 'assess', 'A second network does it, too')).data.phase).toBe('assess');
    for (const phase of ['contain', 'eradicate']) await move(id, phase);

    const added = await ask<{ id: string }>(`/${id}/items`, {
      body: { phase: 'eradicate', text: 'The provider is told' },
    });
    const { items } = await get(id);
    expect(items.map(({ id: item }) => item)).toContain(added.data.id);
    for (const item of items.filter(({ phase }) => phase === 'eradicate')) {
      expect(await codeOf(settle(id, item.id, 'done', 'by hand'))).toEqual([200, 'ok']);
    }
    expect((await move(id, 'recover')).data.phase).toBe('recover');
    for (const item of items.filter(({ phase }) => phase === 'recover')) {
      await settle(id, item.id, 'not_needed', 'nothing was blocked');
    }
    const close = () => ask<Incident>(`/${id}/close`, { body: { lessons: 'Watch new networks' } });
    expect(await codeOf(close())).toEqual([409, 'incident_incomplete']);
    await move(id, 'learn');
    expect(await codeOf(ask(`/${id}/close`, { body: {} }))).toEqual([400, 'invalid_input']);
    expect((await close()).data.closedAt).not.toBeNull();

    const kinds = (await timeline(id)).map(({ kind }) => kind);
    expect([kinds[0], kinds.at(-1)]).toEqual(['opened', 'closed']);
    expect(kinds.filter((kind) => kind === 'phase_changed')).toHaveLength(8);
    const audited = await query(
      gateway,
      `select action, outcome from audit_records where object_id = '${id}' order by id`,
    );
    expect(audited).toContainEqual({ action: 'incident.closed', outcome: 'succeeded' });
    expect(audited).toContainEqual({ action: 'incident.moved', outcome: 'invalid_phase_change' });
  });

  it('does nothing to an incident that is closed', async () => {
    const id = await anIncident();
    await assess(id);
    await query(gateway, `update incident_items set state = 'done' where incident_id = '${id}'`);
    for (const phase of ['assess', 'contain', 'eradicate', 'recover', 'learn'])
      await move(id, phase);
    await ask(`/${id}/close`, { body: { lessons: 'none' } });
    const before = await timeline(id);
    const user = await aUser(gateway);
    const item = (await get(id)).items[0]!.id;
    const refused = await Promise.all([
      codeOf(contain(id, [{ type: 'sign_out', accountId: user.userId }])),
      codeOf(contain(id, [{ type: 'sign_out_everyone' }])),
      codeOf(assess(id)),
      codeOf(move(id, 'detect', 'again')),
      codeOf(settle(id, item, 'open')),
      codeOf(ask(`/${id}/notes`, { body: { text: 'late' } })),
      codeOf(ask(`/${id}/accounts`, { body: { accountIds: [user.userId] } })),
      codeOf(ask(`/${id}/events`, { body: { eventIds: [(await anEvent()).id] } })),
      codeOf(ask(`/${id}/close`, { body: { lessons: 'other ones' } })),
    ]);
    expect(refused).toEqual(refused.map(() => [409, 'incident_closed']));
    expect(await timeline(id)).toEqual(before);
    expect(await everywhere(user)).toEqual(gateways.map(() => 200));
  });

  it('is for administrators with a recent second factor only', async () => {
    const id = await anIncident();
    const user = await aUser(gateway);
    const auditor = await aTotpUser(gateway);
    await query(gateway, `update accounts set role = 'auditor' where id = '${auditor.userId}'`);
    const actions = [{ type: 'sign_out_everyone' }];
    for (const { token } of [user, auditor]) {
      for (const [method, path, body] of [
        ['GET', '', undefined],
        ['POST', '', { kind: 'other', title: 'mine' }],
        ['GET', `/${id}`, undefined],
        ['GET', `/${id}/timeline`, undefined],
        ['GET', `/${id}/report`, undefined],
        ['POST', `/${id}/contain`, { actions }],
        ['POST', `/${id}/close`, { lessons: 'none' }],
        ['POST', `/${id}/accounts/trace`, {}],
        ['POST', `/${id}/events`, { eventIds: [randomUUID()] }],
      ] as const) {
        const answer = await ask(path, { method, token, body });
        expect([path, answer.status, answer.body.error?.code]).toEqual([path, 403, 'forbidden']);
      }
    }
    const third = await anAdmin();
    await forgetProofs(gateway, third);
    await expect
      .poll(() => codeOf(contain(id, actions, { token: third.token })))
      .toEqual([403, 'step_up_required']);
    expect(await everywhere(user)).toEqual(gateways.map(() => 200));
    expect((await get(id)).phase).toBe('detect');
  });

  it('contains: signs an account out, on all instances within a second, streams included', async () => {
    const id = await anIncident('account_takeover');
    const user = await aUser(gateway);
    const bystander = await aUser(gateway);
    expect(await everywhere(user)).toEqual(gateways.map(() => 200));
    const stream = await streamOf(other, user, '/tell_story length=100000 milliseconds=60000');
    const took = await timed(
      () => contain(id, [{ type: 'sign_out', accountId: user.userId.toUpperCase() }]),
      async () => (await everywhere(user)).every((status) => status === 401),
    );
    console.log(`sign_out on ${gateways.length} instances: ${took} ms`);
    expect((await stream.ended).types).toContain('error');
    expect(await everywhere(bystander)).toEqual(gateways.map(() => 200));
    const seen = await get(id);
    expect([seen.phase, seen.affectedAccounts]).toEqual(['contain', 1]);
  });

  it('contains: signs everyone out but the operator, with one row', async () => {
    const id = await anIncident('data_exposure');
    const users = await Promise.all([aUser(gateway), aUser(other), aUser(gateway)]);
    const device = await call<{ accessToken: string }>(gateway, '/api/auth/device', { body: {} });
    const phone = { token: device.data.accessToken };
    const refresh = (to: Gateway, { refreshToken }: User) =>
      call(to, '/api/auth/refresh', { body: { refreshToken } });
    const [revoked] = await query(
      gateway,
      'select count(*) as count from sessions where revoked_at is not null',
    );
    const took = await timed(
      () => contain(id, [{ type: 'sign_out_everyone' }]),
      async () =>
        (await Promise.all([...users, second].map(everywhere))).flat().every((it) => it === 401),
    );
    console.log(`sign_out_everyone on ${gateways.length} instances: ${took} ms`);
    expect(
      await query(gateway, 'select count(*) as count from sessions where revoked_at is not null'),
    ).toEqual([revoked]);
    expect(await codeOf(refresh(other, users[0]!))).toEqual([401, 'invalid_refresh_token']);
    expect(await everywhere(admin)).toEqual(gateways.map(() => 200));
    expect(await everywhere(phone)).toEqual(gateways.map(() => 200));
    // Who signs in again is in.
    const again = await call<{ accessToken: string }>(other, '/api/auth/login', {
      body: { username: users[1]!.username, password: users[1]!.password },
    });
    const back = { token: again.data.accessToken };
    expect(await everywhere(back)).toEqual(gateways.map(() => 200));

    // Repeated, it is not done again; unless it is to be.
    const repeated = (await contain(id, [{ type: 'sign_out_everyone' }])).data;
    expect(repeated).toMatchObject({
      isContained: true,
      actions: [{ attempts: 1, wasThere: true }],
    });
    expect(await everywhere(back)).toEqual(gateways.map(() => 200));
    const all = [{ type: 'sign_out_everyone', again: true, withDevices: true }];
    expect((await contain(id, all)).data.actions[0]).toMatchObject({ wasThere: false });
    await expect.poll(() => everywhere(back), soon).toEqual(signedOut());
    await expect.poll(() => everywhere(phone), soon).toEqual(signedOut());
    expect(await everywhere(admin)).toEqual(gateways.map(() => 200));
    [second] = [await anAdmin()];
  });

  it('contains: shows the end of each action, and does what failed when it is repeated', async () => {
    const id = await anIncident();
    const user = await aUser(gateway);
    const gone = randomUUID();
    const network = '203.0.113.0/24';
    const from = (to: Gateway) =>
      call(to, '/api/health', { headers: { 'X-Forwarded-For': '203.0.113.9' } });
    const actions = [
      { type: 'block', network: '127.0.0.0/8' },
      { type: 'sign_out', accountId: gone },
      { type: 'block', network, seconds: 3600 },
      { type: 'sign_out', accountId: user.userId },
    ];
    let first: Containment | undefined;
    const took = await timed(
      async () => (first = (await contain(id, actions, {}, other)).data),
      async () => {
        const blocked = await Promise.all(gateways.map(async (to) => (await from(to)).status));
        return [...blocked, ...(await everywhere(user))].every((status) => status > 400);
      },
    );
    console.log(`block and sign_out on ${gateways.length} instances: ${took} ms`);
    expect(first!.isContained).toBe(false);
    expect(first!.actions.map(({ state, errorCode }) => errorCode ?? state)).toEqual([
      'own_address',
      'user_not_found',
      'succeeded',
      'succeeded',
    ]);
    const again = (await contain(id, actions)).data.actions;
    expect(again.map(({ attempts, wasThere }) => [attempts, wasThere])).toEqual([
      [2, false],
      [2, false],
      [1, true],
      [2, false],
    ]);
    const block = first!.actions[2]!.resultId!;
    expect(
      await query(gateway, `select network from network_blocks where removed_at is null`),
    ).toEqual([{ network }]);
    // A block that has been removed since is put back.
    await call(gateway, `/api/admin/blocks/${block}`, { method: 'DELETE', token: admin.token });
    const [third] = (await contain(id, [actions[2]])).data.actions;
    expect([third!.attempts, third!.resultId === block]).toEqual([2, false]);
    const recorded = await query(
      gateway,
      `select action, outcome from audit_records where object_id in ('${user.userId}', '${block}')
       and actor_id = '${admin.userId}' and action <> 'user.read' order by id`,
    );
    expect(recorded.slice(0, 3)).toEqual([
      { action: 'block.added', outcome: 'succeeded' },
      { action: 'user.signed_out', outcome: 'succeeded' },
      { action: 'user.signed_out', outcome: 'succeeded' },
    ]);
    await call(gateway, `/api/admin/blocks/${third!.resultId}`, {
      method: 'DELETE',
      token: admin.token,
    });
  });

  it('contains: switches off what it names, and blocks an account with its streams', async () => {
    const id = await anIncident('compromised_tool');
    const user = await aUser(gateway);
    const stream = await streamOf(other, user, '/tell_story length=100000 milliseconds=60000');
    const say = (to: Gateway, { token }: Pick<User, 'token'>) =>
      call(to, '/api/chat', { token, body: { message: '/list_notes', profile_id: 'notes' } });
    const actions = [
      { type: 'switch_off', scope: 'profile', target: 'slow', seconds: 3600 },
      { type: 'switch_off', scope: 'account', target: user.userId },
      { type: 'switch_off', scope: 'account', target: admin.userId },
    ];
    let contained: Containment | undefined;
    const took = await timed(
      async () => (contained = (await contain(id, actions)).data),
      async () => (await everywhere(user)).every((status) => status >= 400),
    );
    console.log(`switch_off on ${gateways.length} instances: ${took} ms`);
    expect(contained!.actions.map(({ state, errorCode }) => errorCode ?? state)).toEqual([
      'succeeded',
      'succeeded',
      'own_account',
    ]);
    expect((await stream.ended).types).toContain('error');
    expect((await contain(id, actions)).data.actions.map(({ wasThere }) => wasThere)).toEqual([
      true,
      true,
      false,
    ]);
    const listed = await ask<{ accounts: { accountId: string }[] }>(`/${id}/accounts`);
    expect(listed.data.accounts.map(({ accountId }) => accountId)).toContain(user.userId);
    expect((await say(gateway, user)).status).toBeGreaterThanOrEqual(400);
    for (const { resultId } of contained!.actions.slice(0, 2)) {
      await call(gateway, `/api/admin/switches/${resultId}`, {
        method: 'DELETE',
        token: admin.token,
      });
    }
  });

  it('contains: makes new keys, under which apps renew their tokens', async () => {
    const id = await anIncident('leaked_secret');
    const operator = await anAdmin();
    await expect.poll(async () => (await ask('', { token: operator.token })).status).toBe(200);
    const took = await timed(
      () => contain(id, [{ type: 'rotate_keys' }], { token: operator.token }),
      async () => (await everywhere(admin)).every((status) => status === 401),
    );
    console.log(`rotate_keys on ${gateways.length} instances: ${took} ms`);
    const renew = async (user: TotpUser) => {
      const { data } = await call<User & { accessToken: string }>(gateway, '/api/auth/refresh', {
        body: { refreshToken: user.refreshToken },
      });
      return { ...user, ...data, token: data.accessToken };
    };
    [admin, second] = [await renew(admin), await renew(second)];
    expect(await everywhere(admin)).toEqual(gateways.map(() => 200));
    const repeated = (await contain(id, [{ type: 'rotate_keys' }])).data.actions[0]!;
    expect([repeated.attempts, repeated.wasThere]).toEqual([1, true]);
  });

  it('finds the affected accounts in the audit trail, and signs all of them out', async () => {
    const id = await anIncident();
    const address = '2001:DB8:0:77:0::1';
    const headers = { 'X-Forwarded-For': address };
    const [near, far, tried] = [await aUser(gateway), await aUser(gateway), await aUser(gateway)];
    const login = (user: User, password = user.password) =>
      call(gateway, '/api/auth/login', { headers, body: { username: user.username, password } });
    await login(near);
    await login(tried, 'a wrong one');
    const time = {
      from: new Date(Date.now() - 60_000).toISOString(),
      to: new Date(Date.now() + 60_000).toISOString(),
    };
    const trace = async (more: object) => {
      const { data } = await ask<{ found: number; added: number }>(`/${id}/accounts/trace`, {
        body: { ...time, ...more },
      });
      return [data.found, data.added];
    };
    expect(await trace({ address })).toEqual([1, 1]);
    expect(await trace({ address: '[2001:db8:0:77::1]:443', action: 'session.opened' })).toEqual([
      1, 0,
    ]);
    expect(await trace({ address, outcome: 'any' })).toEqual([2, 1]);
    expect(await trace({ address: '2001:db8:0:77::2' })).toEqual([0, 0]);
    const [session] = await query(
      gateway,
      `select id, known_device_id as device from sessions where account_id = '${far.userId}'`,
    );
    expect(await trace({ deviceId: session!.device })).toEqual([1, 1]);
    expect(await trace({ sessionId: session!.id })).toEqual([1, 0]);
    expect(await trace({ sessionId: randomUUID() })).toEqual([0, 0]);

    const listed = async () =>
      (await ask<{ accounts: { accountId: string }[] }>(`/${id}/accounts`)).data.accounts.map(
        ({ accountId }) => accountId,
      );
    expect(await listed()).toEqual([near, far, tried].map(({ userId }) => userId).toSorted());
    await ask(`/${id}/accounts/${tried.userId}`, { method: 'DELETE' });
    expect(await listed()).not.toContain(tried.userId);
    await contain(id, [{ type: 'sign_out_affected' }]);
    await expect.poll(() => everywhere(near), soon).toEqual(signedOut());
    await expect.poll(() => everywhere(far), soon).toEqual(signedOut());
    expect(await everywhere(tried)).toEqual(gateways.map(() => 200));
    // No id that is not an account's is listed.
    const { data } = await ask(`/${id}/accounts`, { body: { accountIds: [randomUUID()] } });
    expect(data).toEqual({ found: 0, added: 0, readUntil: null });
  });

  it.each([
    ['to before from', { from: '2026-11-28T03:00:00Z', to: '2026-11-28T02:00:00Z' }],
    ['a year', { from: '2025-11-28T03:00:00Z', to: '2026-11-28T02:00:00Z' }],
    ['no time', { from: 'yesterday', to: 'today' }],
    [
      'a network',
      { from: '2026-11-28T02:00:00Z', to: '2026-11-28T03:00:00Z', address: '203.0.113.0/24' },
    ],
  ])('does not search %s', async (_, body) => {
    const id = await anIncident();
    expect(await codeOf(ask(`/${id}/accounts/trace`, { body }))).toEqual([400, 'invalid_input']);
  });

  it.each([
    ['nothing', []],
    ['no list', 'sign_out_everyone'],
    ['too many', Array.from({ length: 51 }, () => ({ type: 'sign_out_affected' }))],
    ['an unknown action', [{ type: 'delete_everything' }]],
    ['an action without its target', [{ type: 'sign_out' }]],
    ['a field of another action', [{ type: 'sign_out_affected', network: '203.0.113.1' }]],
    ['a network that is none', [{ type: 'block', network: '203.0.113.0/33' }]],
    ['a block for ever and a day', [{ type: 'block', network: '203.0.113.1', seconds: 1e9 }]],
    ['a part that is none', [{ type: 'switch_off', scope: 'account', target: 'ada' }]],
    ['a part without its name', [{ type: 'switch_off', scope: 'profile' }]],
    ['a list in which one is wrong', [{ type: 'rotate_keys' }, { type: 'block' }]],
  ])('does nothing for %s', async (_, actions) => {
    const id = await anIncident();
    expect(await codeOf(contain(id, actions))).toEqual([400, 'invalid_input']);
    expect(await timeline(id)).toHaveLength(1);
  });

  it('does once what two operators do at the same time', async () => {
    const id = await anIncident();
    await Promise.all([assess(id), assess(id, 'Worse.', second.token)]);
    const both = <T>(act: (token: string, to: Gateway) => Promise<T>) =>
      Promise.all([act(admin.token, gateway), act(second.token, other)]);
    const moves = await both((token, to) =>
      ask(`/${id}/phase`, { method: 'PUT', token, body: { phase: 'assess' } }, to),
    );
    expect(moves.map(({ status }) => status)).toEqual([200, 200]);
    const { items } = await get(id);
    await both((token, to) =>
      ask(`/${id}/items/${items[0]!.id}`, { method: 'PUT', token, body: { state: 'done' } }, to),
    );
    const actions = [{ type: 'block', network: '203.0.114.1' }];
    const contained = await both((token, to) => contain(id, actions, { token }, to));
    expect(contained.map(({ status }) => status)).toEqual([200, 200]);
    const notes = Array.from({ length: 20 }, (_, n) =>
      ask(`/${id}/notes`, { body: { text: `note ${n}` } }, n % 2 === 0 ? gateway : other),
    );
    expect((await Promise.all(notes)).every(({ status }) => status === 200)).toBe(true);

    const entries = await timeline(id);
    expect(entries.map(({ number }) => number)).toEqual(entries.map((_, index) => index + 1));
    const count = (kind: string) => entries.filter((entry) => entry.kind === kind).length;
    expect([count('assessed'), count('item_settled'), count('note')]).toEqual([2, 1, 20]);
    expect(entries.filter(({ subject }) => subject === 'assess')).toHaveLength(1);
    expect(count('action')).toBe(1);
    const blocks = await query(
      gateway,
      `select id from network_blocks where network = '203.0.114.1/32'`,
    );
    expect(blocks).toHaveLength(1);
  });

  const anEvent = async (subject: 'address' | 'account' = 'address') => {
    const [id, now] = [randomUUID(), momentOf(gateway, Date.now())];
    const { userId } = await aUser(gateway);
    const [rule, about] =
      subject === 'address'
        ? ['password-spraying', `null, '203.0.113.77'`]
        : ['refresh-reuse', `'${userId}', null`];
    await query(
      gateway,
      `insert into security_events (id, rule, severity, subject_type, account_id, address, evidence,
         count, first_seen_at, last_seen_at, instance)
       values ('${id}', '${rule}', 2, '${subject}', ${about}, '{"accounts":15}', 4, ${now}, ${now}, '')`,
    );
    return { id, userId };
  };

  it('is opened from security events, which are its evidence also when they are gone', async () => {
    const [address, account] = [await anEvent('address'), await anEvent('account')];
    const eventIds = [address.id.toUpperCase(), account.id, account.id];
    const opened = await ask<Incident & { kind: string; title: string }>('', {
      body: { eventIds },
    });
    expect([opened.status, opened.data]).toEqual([
      201,
      expect.objectContaining({
        kind: 'credential_attack',
        title: 'password-spraying: address 203.0.113.77',
      }),
    ]);
    const { id } = opened.data;
    await query(gateway, `delete from security_events where id = '${address.id}'`);
    const detail = (await ask<{ events: object[] }>(`/${id}`)).data;
    expect(detail.events).toHaveLength(2);
    expect(detail.events).toContainEqual(
      expect.objectContaining({
        eventId: address.id,
        rule: 'password-spraying',
        severity: 'medium',
        address: '203.0.113.77',
        evidence: { accounts: 15 },
        count: 4,
      }),
    );
    const { accounts } = (
      await ask<{ accounts: { accountId: string; source: string }[] }>(`/${id}/accounts`)
    ).data;
    expect(accounts.map(({ accountId, source }) => [accountId, source])).toEqual([
      [account.userId, 'event'],
    ]);
    expect((await timeline(id)).map(({ kind, subject }) => `${kind} ${subject}`)).toEqual([
      'opened credential_attack',
      'event password-spraying',
      'event refresh-reuse',
    ]);
    expect((await ask(`/${id}/report`)).text).toContain('accounts: 15');

    const again = await ask('', { body: { eventIds: [account.id] } });
    expect([again.status, again.body.error]).toEqual([
      409,
      expect.objectContaining({ code: 'event_in_incident', incidentId: id }),
    ]);
    const mine = await ask<Incident & { kind: string }>('', {
      body: { eventIds: [(await anEvent()).id], kind: 'other', title: 'mine' },
    });
    expect(mine.data).toMatchObject({ kind: 'other', title: 'mine' });
  });

  it('gets further events, by API and command, each with a record, and each once', async () => {
    const [first, second, third] = [await anEvent(), await anEvent('account'), await anEvent()];
    const { id } = (await ask<Incident>('', { body: { eventIds: [first.id] } })).data;
    const other = await anIncident();
    const add = (eventIds: unknown, to = id) =>
      codeOf(ask(`/${to}/events`, { body: { eventIds } }));
    expect(await add([second.id.toUpperCase(), first.id])).toEqual([200, 'ok']);
    expect(await add([second.id])).toEqual([200, 'ok']);
    const byCommand = (...words: string[]) =>
      runCommand(gateway, 'incidents', 'add-events', id, ...words);
    expect(await byCommand('--event', third.id)).toMatchObject({
      code: 0,
      stdout: 'They belong to the incident.\n',
    });
    expect((await byCommand()).code).toBe(2);

    const { events } = (await ask<{ events: { eventId: string }[] }>(`/${id}`)).data;
    const ids = [first, second, third].map((event) => event.id);
    expect(events.map(({ eventId }) => eventId).toSorted()).toEqual(ids.toSorted());
    expect((await timeline(id)).filter(({ kind }) => kind === 'event')).toHaveLength(3);
    expect((await get(id)).affectedAccounts).toBe(1);
    const records = await query(
      gateway,
      `select actor_id from audit_records
       where action = 'incident.events_added' and object_id = '${id}' and outcome = 'succeeded'`,
    );
    expect(records.map((record) => record.actor_id)).toEqual([admin.userId, admin.userId, null]);

    expect(await add([first.id], other)).toEqual([409, 'event_in_incident']);
    expect(await add([(await anEvent()).id], randomUUID())).toEqual([404, 'incident_not_found']);
    expect(await add([randomUUID()])).toEqual([404, 'security_event_not_found']);
    for (const eventIds of [[], ['x'], first.id, undefined]) {
      expect(await add(eventIds)).toEqual([400, 'invalid_input']);
    }
  });

  it('is one, where two operators open it from one event at once', async () => {
    const { id } = await anEvent();
    const opened = await Promise.all(
      [admin, second].map(({ token }, at) =>
        ask('', { token, body: { eventIds: [id] } }, gateways[at % gateways.length]),
      ),
    );
    expect(new Set(opened.map(({ status }) => status))).toEqual(new Set([201, 409]));
  });

  it('is not opened from what is not there, nor from nothing', async () => {
    const missing = { eventIds: [(await anEvent()).id, randomUUID()] };
    expect(await codeOf(ask('', { body: missing }))).toEqual([404, 'security_event_not_found']);
    const { id } = await anEvent();
    for (const body of [
      {},
      { kind: 'other' },
      { title: 'a title' },
      { eventIds: [], title: 'a title' },
      { eventIds: ['x'] },
      { eventIds: id },
      { eventIds: Array.from({ length: 51 }, () => id) },
    ]) {
      expect(await codeOf(ask('', { body }))).toEqual([400, 'invalid_input']);
    }
    const byCommand = (...words: string[]) => runCommand(gateway, 'incidents', 'open', ...words);
    expect((await byCommand('--kind', 'other')).code).toBe(2);
    const { code, stdout } = await byCommand('--event', id, '--json');
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      expect.objectContaining({ kind: 'credential_attack' }),
    ]);
    expect((await byCommand('--event', id)).code).toBe(1);
  });

  it('is bounded in everything that it holds', async () => {
    const id = await anIncident();
    await query(gateway, `update incidents set entry_count = 2000 where id = '${id}'`);
    expect(await codeOf(ask(`/${id}/notes`, { body: { text: 'one more' } }))).toEqual([
      409,
      'incident_full',
    ]);
    const tooLong = { title: 'x'.repeat(121), kind: 'other' };
    expect(await codeOf(ask('', { body: tooLong }))).toEqual([400, 'invalid_input']);
    const many = { accountIds: Array.from({ length: 101 }, () => randomUUID()) };
    expect(await codeOf(ask(`/${id}/accounts`, { body: many }))).toEqual([400, 'invalid_input']);
  });

  it('is a report that a text cannot change the form of', async () => {
    const title = '# Not [a](https://evil.example) <script>alert(1)</script>';
    const id = await anIncident('tampering', title);
    await ask(`/${id}/notes`, { body: { text: 'first\n## Timeline\n| a | b |\r1. forged' } });
    await contain(id, [{ type: 'sign_out_affected' }]);
    const markdown = await ask(`/${id}/report`);
    expect(markdown.headers.get('content-type')).toBe('text/markdown; charset=utf-8');
    expect(markdown.headers.get('content-disposition')).toContain(`incident-${id}.md`);
    expect(markdown.text).not.toMatch(/[^\\]<script|[^\\]\]\(/);
    expect(markdown.text.match(/^## Timeline$/gm)).toHaveLength(1);
    expect(markdown.text).toContain(`by ${admin.username} (${admin.userId}): opened, tampering`);
    const json = await ask(`/${id}/report?format=json`);
    const report = JSON.parse(json.text) as {
      title: string;
      timeline: (Entry & { actorName: string })[];
    };
    expect(report.title).toBe(title);
    expect(report.timeline.map(({ kind, actorName }) => [kind, actorName])).toEqual(
      ['opened', 'note', 'phase_changed', 'action'].map((kind) => [kind, admin.username]),
    );
    expect(await codeOf(ask(`/${randomUUID()}/report`))).toEqual([404, 'incident_not_found']);
  });

  it('is listed, the latest first, by whether it is open', async () => {
    const page = await ask<{ incidents: Incident[]; nextCursor: string }>('?limit=2&state=open');
    const { incidents, nextCursor } = page.data;
    expect(incidents.map(({ id }) => id)).toEqual(
      incidents
        .map(({ id }) => id)
        .toSorted()
        .toReversed(),
    );
    const next = await ask<{ incidents: Incident[] }>(`?state=open&cursor=${nextCursor}`);
    expect(next.data.incidents.map(({ id }) => id)).not.toContain(incidents[0]!.id);
    const closed = await ask<{ incidents: Incident[] }>('?state=closed');
    expect(closed.data.incidents.length).toBeGreaterThan(1);
    expect(closed.data.incidents.every(({ closedAt }) => closedAt !== null)).toBe(true);
  });
});
