import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  type ModelServer,
  startModelServer,
} from '../../../libs/models/src/testing/model-server.js';
import { calls, says } from '../../../libs/models/src/testing/open-ai-answers.js';
import { call, lastLetThrough, type CallOptions, type Tokens } from '../../e2e/client.ts';
import {
  aSecret,
  freePort,
  freshStorage,
  type Gateway,
  PROCESS_ENVIRONMENT,
  query,
  startGateway,
} from '../../e2e/gateway.ts';
import { aModelFile, aModelsDir, MODEL_KEY } from '../../e2e/models.ts';
import { aProfile, aProfilesDir } from '../../e2e/profiles.ts';
import { anOAuthProfile, connect } from '../../oauth/connecting.ts';
import { anOAuthWorld, type OAuthWorld } from '../../oauth/oauth-world.ts';
import {
  accountsOf,
  eraseMe,
  everythingOf,
  moment,
  SOON,
  start,
  tracesOfPerson,
  untilGone,
  untilTraceless,
} from './erasing.ts';
import {
  aFullUser,
  aPerson,
  type FullUser,
  type Person,
  withMailAndFactors,
  withModelAnswer,
} from './full-user.ts';
import { aTotpUser } from './second-factor-user.ts';
import { IMPERSONAL, tablesOf, tracesOf } from './traces.ts';

const daysFromNow = (date: unknown) =>
  (new Date(date as string).getTime() - Date.now()) / 86_400_000;

// An erasure takes several seconds, and so does the creation of an account with data of every kind.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

describe('the erasure of an account', () => {
  let gateway: Gateway;
  let user: FullUser;
  let other: FullUser;
  let model: ModelServer;
  let world: OAuthWorld;
  let refreshToken: string;
  beforeAll(async () => {
    model = await startModelServer(
      says('I see.'),
      calls({ name: 'add_note', text: '{"text":"Milk"}' }),
    );
    world = await anOAuthWorld();
    const limits = { seconds: 20, resultBytes: 65_536, messagesPerMinute: 60 };
    const thinking = aProfile('thinking', { engine: 'model', model: { name: 'main' }, limits });
    gateway = await start({
      MODELS_DIR: aModelsDir(aModelFile('main', model.url)),
      PROFILES_DIR: aProfilesDir({
        'thinking.json': thinking,
        'box.json': anOAuthProfile('box', world),
      }),
      CONNECTIONS_RETURN_URL: 'org.example.app:/connected',
      [MODEL_KEY]: aSecret(),
    });
    [user, other] = [await aFullUser(gateway), await aFullUser(gateway)];
    await connect(gateway, user, world, 'box', 'ada');
    refreshToken = world.issued.at(-2)!;
    user = await withMailAndFactors(gateway, await withModelAnswer(gateway, user));
  });
  afterAll(() => {
    world.close();
    return model.close();
  });

  it('leaves no trace in any table, file or key, and deletes no data of other accounts', async () => {
    const before = await everythingOf(other);
    // Their keys are keyed hashes, so only their number shows that they were deleted.
    const guesses = () => query(gateway, 'select counter_key from guess_counters');
    expect(await guesses()).toHaveLength(3);
    await expect
      .poll(() => query(gateway, 'select id from messages where indexed = false'))
      .toEqual([]);
    const found = await tracesOf(gateway, user.traces);
    expect(found.length).toBeGreaterThan(50);
    // Checks that each table had a row first; otherwise an empty table would pass as erased.
    const untouched = (await tablesOf(gateway)).filter(
      (table) => !found.some((trace) => trace.startsWith(`table ${table} has `)),
    );
    expect(untouched).toEqual([...IMPERSONAL, 'guess_counters'].toSorted());
    expect((await eraseMe(user)).status).toBe(200);
    await untilGone(gateway, user);
    await untilTraceless(gateway, user);
    expect(await world.isValid(refreshToken)).toBe(false);
    const named = () =>
      gateway
        .log()
        .split('\n')
        .filter((line) => line.includes('privacy.account.erased'));
    await expect.poll(named).toEqual([expect.stringContaining(user.userId)]);
    expect(await guesses()).toHaveLength(2);
    expect(await everythingOf(other)).toEqual(before);
    expect((await tracesOf(gateway, other.traces)).length).toBeGreaterThan(50);
  });

  it('covers administrators’ actions on the account by an id in upper case', async () => {
    const admin = await aTotpUser(gateway);
    await query(gateway, `update accounts set role = 'admin' where id = '${admin.userId}'`);
    const person = await aPerson(gateway);
    const path = `/api/admin/users/${person.userId.toUpperCase()}`;
    const ask = (method: string, more = '', body?: object) =>
      call(gateway, `${path}${more}`, { method, token: admin.token, body });
    await expect.poll(async () => (await ask('GET')).status).toBe(200);
    await ask('PUT', '/role', { role: 'auditor' });
    await ask('PUT', '/role', { role: 'user' });
    await ask('PUT', '/disabled', { isDisabled: false });
    await ask('DELETE', '/sessions');
    const { accessToken: token } = await person.signIn(person.device);
    const { text } = await person.call('/api/me/export', { token });
    const { audit } = JSON.parse(text) as { audit: { action: string; objectId: string }[] };
    for (const action of [
      'user.read',
      'user.role_set.auditor',
      'user.switched_on',
      'user.signed_out',
    ]) {
      expect(audit).toContainEqual(expect.objectContaining({ action, objectId: person.userId }));
    }
    expect((await eraseMe({ ...person, token })).status).toBe(200);
    await untilGone(gateway, person);
    const { traces } = tracesOfPerson(person);
    await untilTraceless(gateway, { traces: [...traces, person.userId.toUpperCase()] });
  });

  it('keeps the audit records under one pseudonym, which identifies no account', async () => {
    const records = await query(
      gateway,
      `select actor_id, object_type, object_id, ip, request_id from audit_records
       where actor_id = (select actor_id from audit_records
         where action = 'account.deletion_requested' order by id limit 1) order by id`,
    );
    expect(records.length).toBeGreaterThan(12);
    expect(records.map(({ ip }) => ip)).toEqual(records.map(() => ''));
    // A request id would lead to log lines that name the account.
    expect(records.map(({ request_id: requestId }) => requestId)).toEqual(records.map(() => ''));
    expect(records.flatMap(({ object_id: objectId }) => objectId ?? [])).toEqual([]);
    expect(records[0]!.actor_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    const about = await query(
      gateway,
      `select action, outcome, ip, request_id from audit_records where object_id = '${records[0]!.actor_id as string}'`,
    );
    expect(about).toEqual(
      expect.arrayContaining([
        { action: 'session.opened', outcome: 'invalid_credentials', ip: '', request_id: '' },
        { action: 'owner.told', outcome: 'deletion_requested', ip: '', request_id: '' },
      ]),
    );
  });

  it.each([
    ['the access token', () => user.call('/api/auth/me', { token: user.token })],
    ['the export', () => user.call('/api/me/export', { token: user.token })],
    [
      'a request to restore the account',
      () => user.call('/api/me/restore', { method: 'POST', token: user.token }),
    ],
    [
      'the refresh token',
      () => user.call('/api/auth/refresh', { body: { refreshToken: user.refreshToken } }),
    ],
    [
      'the password',
      () =>
        user.call('/api/auth/login', {
          body: { username: user.username, password: user.password },
        }),
    ],
  ])('invalidates %s', async (_, attempt) => {
    expect((await attempt()).status).toBe(401);
  });

  it('releases the username for a new account without any of the old data', async () => {
    const again = await user.call<Tokens>('/api/auth/register', {
      body: { username: user.username, password: user.password },
    });
    expect(again.status).toBe(201);
    const { text } = await user.call('/api/me/export', { token: again.data.accessToken });
    const planted = user.planted.filter((text) => text !== user.username);
    expect(planted.filter((planted) => text.includes(planted))).toEqual([]);
  });
});

describe('the grace period before an erasure', () => {
  let gateway: Gateway;
  let user: Person;
  beforeAll(async () => {
    gateway = await start({ ERASURE_GRACE: '7d' });
  });
  beforeEach(async () => {
    user = await aPerson(gateway);
  });

  const signIn = async () => (await user.signIn('a phone')).accessToken;
  const me = async (token: string) =>
    (await user.call<{ deletionDueAt?: string }>('/api/auth/me', { token })).data;

  it('begins by ending all sessions', async () => {
    const { data } = await eraseMe(user);
    expect(daysFromNow(data.deletionDueAt)).toBeCloseTo(7, 1);
    expect((await user.call('/api/auth/me', { token: user.token })).status).toBe(401);
    const live = await query(
      gateway,
      `select id from sessions where account_id = '${user.userId}' and revoked_at is null`,
    );
    expect(live).toEqual([]);
    const renewal = await user.call('/api/auth/refresh', {
      body: { refreshToken: user.refreshToken },
    });
    expect(renewal.body.error?.code).toBe('invalid_refresh_token');
  });

  it('allows the owner to sign in, see the date and cancel', async () => {
    await user.say('notes', 'to be kept');
    const before = await everythingOf(user);
    await eraseMe(user);
    const token = await signIn();
    expect(daysFromNow((await me(token)).deletionDueAt)).toBeCloseTo(7, 1);
    expect((await user.call('/api/me/restore', { method: 'POST', token })).status).toBe(200);
    expect(await me(token)).not.toHaveProperty('deletionDueAt');
    const after = await everythingOf({ ...user, token });
    expect(after.conversations).toEqual(before.conversations);
    expect(after.personalTools).toEqual(before.personalTools);
  });

  it('is not prolonged by a second request', async () => {
    const { deletionDueAt } = (await eraseMe(user)).data;
    const again = await eraseMe({ ...user, token: await signIn() });
    expect(again.data.deletionDueAt).toBe(deletionDueAt);
  });

  it(
    'ends on time: a session opened in it ends at once and cannot restore the account',
    { retry: 2 },
    async () => {
      await eraseMe(user);
      const token = await signIn();
      expect((await me(token)).deletionDueAt).toBeDefined();
      await query(
        gateway,
        `update accounts set deletion_due_at = ${moment(gateway, Date.now() - 1)}
       where id = '${user.userId}'`,
      );
      const isLetIn = async () => (await user.call('/api/auth/me', { token })).status === 200;
      expect(await lastLetThrough(isLetIn)).toBeLessThanOrEqual(1_000);
      const restored = await user.call('/api/me/restore', { method: 'POST', token });
      expect(restored.status).toBe(401);
      // From another client address: the attempt counts as one on an unknown username, so its record keeps the address.
      const refused = await call(gateway, '/api/auth/login', {
        body: { username: user.username, password: user.password },
      });
      expect(refused.body.error?.code).toBe('invalid_credentials');
      await untilGone(gateway, user);
      await untilTraceless(gateway, tracesOfPerson(user));
    },
  );

  it('is over once the erasure has begun, whichever clock started it', async () => {
    await eraseMe(user);
    const token = await signIn();
    await query(
      gateway,
      `insert into erasures (account_id, pseudonym, begun_at)
       select '${user.userId}', '${randomUUID()}', ${moment(gateway, Date.now())}`,
    );
    const restored = await user.call('/api/me/restore', { method: 'POST', token });
    expect([restored.status, restored.body.error?.code]).toEqual([409, 'erasure_begun']);
    expect((await accountsOf(gateway, user))[0]!.deletion_due_at).not.toBeNull();
  });

  it('can be started and cancelled only with a session of the account', async () => {
    const other = await aPerson(gateway);
    await eraseMe(user);
    await other.call('/api/me/restore', { method: 'POST', token: other.token });
    expect((await accountsOf(gateway, user))[0]!.deletion_due_at).not.toBeNull();
    expect((await accountsOf(gateway, other))[0]!.deletion_due_at).toBeNull();
    const told = await query(
      gateway,
      `select kind from security_notices where account_id = '${user.userId}' order by id desc limit 1`,
    );
    expect(told).toEqual([{ kind: 'deletion_requested' }]);
  });
});

describe('a sensitive call', () => {
  let gateway: Gateway;
  let user: FullUser;
  beforeAll(async () => {
    gateway = await start({ ERASURE_GRACE: '7d' });
    user = await aFullUser(gateway);
  });

  it.each([
    ['DELETE', '/api/me'],
    ['GET', '/api/me/export'],
  ])('needs a recent proof: %s %s', async (method, path) => {
    const attempt = () => user.call(path, { method, token: user.token });
    await query(
      gateway,
      `update sessions set authenticated_at = ${moment(gateway, Date.now() - 11 * 60_000)}
       where account_id = '${user.userId}'`,
    );
    const refused = await attempt();
    expect(refused.status).toBe(403);
    expect(refused.body.error?.code).toBe('step_up_required');
    expect(user.planted.filter((text) => refused.text.includes(text))).toEqual([]);
    expect((await accountsOf(gateway, user))[0]!.deletion_due_at).toBeNull();

    const wrong = await user.call('/api/auth/step-up', {
      token: user.token,
      body: { password: 'not the password' },
    });
    expect(wrong.status).toBe(401);
    expect((await attempt()).status).toBe(403);
  });

  it('is allowed again after the proof', async () => {
    const proved = await user.call<Tokens>('/api/auth/step-up', {
      token: user.token,
      body: { password: user.password },
    });
    const exported = await user.call('/api/me/export', { token: proved.data.accessToken });
    expect(exported.status).toBe(200);
  });

  it.each(['/api/me', '/api/me/export'])('needs a session: %s', async (path) => {
    const method = path === '/api/me' ? 'DELETE' : 'GET';
    expect((await call(gateway, path, { method })).status).toBe(401);
  });
});

describe('the export', () => {
  let gateway: Gateway;
  let user: FullUser;
  let other: FullUser;
  beforeAll(async () => {
    gateway = await start();
    [user, other] = [await aFullUser(gateway), await aFullUser(gateway)];
  });

  const exported = (path = '/api/me/export', options: CallOptions = {}) =>
    user.call(path, { token: user.token, ...options });

  it('is a file to download that no cache stores', async () => {
    const { status, headers, text } = await exported();
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('content-disposition')).toBe('attachment; filename="my-data.json"');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(Object.keys(JSON.parse(text) as object)).toEqual([
      'exportedAt',
      'userId',
      'consents',
      'personalTools',
      'files',
      'connections',
      'guesses',
      'mails',
      'secondFactors',
      'conversations',
      'modelUsage',
      'blocks',
      'securityEvents',
      'incidents',
      'audit',
      'account',
    ]);
  });

  it('contains all data that the account owner has entered', async () => {
    const { text } = await exported();
    expect(user.planted.filter((planted) => !text.includes(planted))).toEqual([]);
    const { account, audit, files } = JSON.parse(text) as {
      account: { sessions: object[]; devices: object[]; notices: object[] };
      audit: { action: string; by: string }[];
      files: { path: string; text: string }[];
    };
    expect(account.sessions).toHaveLength(3);
    expect(account.devices).toHaveLength(3);
    expect(account.notices.length).toBeGreaterThan(1);
    expect(files.map(({ path }) => path)).toEqual(['memory.jsonl']);
    expect(audit).toContainEqual(expect.objectContaining({ action: 'message.sent', by: 'you' }));
    expect(audit).toContainEqual(
      expect.objectContaining({ outcome: 'invalid_credentials', by: 'somebody else', ip: null }),
    );
  });

  it('contains the counters, the second factors and the unsent mails', async () => {
    const someone = await withMailAndFactors(gateway, await aFullUser(gateway));
    const { text } = await someone.call('/api/me/export', { token: someone.token });
    const { guesses, mails, secondFactors, account } = JSON.parse(text) as Record<string, object>;
    const date = expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string;
    // The counter of the failed step-up; the next right password cleared that of the sign-in.
    expect(guesses).toEqual([{ failures: 1, lockedUntil: null, lastFailedAt: date }]);
    expect(secondFactors).toMatchObject({
      totp: { createdAt: date, confirmedAt: date },
      recoveryCodes: expect.arrayContaining([{ createdAt: date }]) as object,
      challenges: [{ purpose: 'login', expiresAt: date }],
    });
    const { pending, unsent } = mails as { pending: { purpose: string }[]; unsent: object[] };
    expect(pending.map(({ purpose }) => purpose).toSorted()).toEqual(['reset', 'verify']);
    expect(unsent.length).toBeGreaterThan(4);
    expect(account).toHaveProperty('disabledAt', null);
    expect(someone.secrets.filter((secret) => text.includes(secret))).toEqual([]);
    expect(text).not.toMatch(/"\w*(hash|secret|pepper|token|dpop)\w*":/i);
  });

  it('contains no credential and no hash of one', async () => {
    const { text } = await exported();
    expect(user.secrets.length).toBeGreaterThan(12);
    expect(user.secrets.filter((secret) => text.includes(secret))).toEqual([]);
    expect(text).not.toMatch(/"\w*(hash|secret|pepper|token|dpop)\w*":/i);
  });

  it('contains no data of another account, for any form of the request', async () => {
    const asked = [
      await exported(`/api/me/export?userId=${other.userId}`),
      await exported(`/api/me/export?user_id=${other.userId}&accountId=${other.userId}`),
      await exported(`/api/me/export/${other.userId}`),
      await exported(`/api/me/export`, { headers: { 'X-Gateway-User': other.userId } }),
      await exported(`/api/me/export`, { headers: { 'X-User-Id': other.userId } }),
      await exported('/api/me/export', {
        method: 'POST',
        body: { userId: other.userId },
      }),
    ];
    for (const { text } of asked) {
      expect(other.traces.filter((trace) => text.includes(trace))).toEqual([]);
    }
  });

  it('is complete for any amount of data', async () => {
    const [talks, lines] = [250, 1_100];
    const id = (kind: string, n: number) =>
      `01a2${kind}00-${n.toString(16).padStart(4, '0')}-7000-8000-${user.userId.slice(-12)}`;
    const at = moment(gateway, Date.now());
    const insert = (table: string, count: number, row: (n: number) => string) => {
      const values = Array.from({ length: count }, (_, n) => `(${row(n)})`);
      return query(gateway, `insert into ${table} values ${values.join(',')}`);
    };
    await insert(
      'conversations (id, account_id, profile_id, title, created_at, updated_at)',
      talks,
      (n) => `'${id('aa', n)}', '${user.userId}', 'notes', 'talk ${n}', ${at}, ${at}`,
    );
    await insert(
      'runs (id, conversation_id, status, created_at, deadline_at, finished_at)',
      lines,
      (n) => `'${id('bb', n)}', '${id('aa', 0)}', 'succeeded', ${at}, ${at}, ${at}`,
    );
    await insert(
      'messages (id, conversation_id, run_id, role, content, created_at)',
      lines,
      (n) => `'${id('cc', n)}', '${id('aa', 0)}', '${id('bb', n)}', 'user', 'line ${n}', ${at}`,
    );
    const { conversations } = JSON.parse((await exported()).text) as {
      conversations: { title: string; messages: { content: string }[]; runs: object[] }[];
    };
    const found = conversations.filter(({ title }) => title.startsWith('talk '));
    expect(found.map(({ title }) => title)).toEqual(
      Array.from({ length: talks }, (_, n) => `talk ${n}`),
    );
    expect(found[0]!.messages.map(({ content }) => content)).toEqual(
      Array.from({ length: lines }, (_, n) => `line ${n}`),
    );
    expect(found[0]!.runs).toHaveLength(lines);
  });

  it('is in the audit trail', async () => {
    const { headers } = await exported();
    const [record] = await query(
      gateway,
      `select actor_id, action, outcome from audit_records
       where request_id = '${headers.get('x-request-id')}'`,
    );
    expect(record).toEqual({
      actor_id: user.userId,
      action: 'data.exported',
      outcome: 'succeeded',
    });
  });
});

describe('personal tools in a separate process with a separate database', () => {
  let tools: ChildProcess | undefined;
  afterEach(() => void tools?.kill('SIGKILL'));

  it('are called until they have erased their data', async () => {
    const storage = await freshStorage();
    const [token, port] = [aSecret(), String(await freePort())];
    const url = `http://127.0.0.1:${port}`;
    const startTools = async () => {
      tools = spawn(process.execPath, ['dist/apps/personal-tools/src/main.js'], {
        env: {
          ...PROCESS_ENVIRONMENT,
          ...storage,
          PERSONAL_TOOLS_TOKEN: token,
          PERSONAL_TOOLS_PORT: port,
        },
        stdio: 'ignore',
      });
      await vi.waitFor(async () => expect((await fetch(`${url}/health`)).ok).toBe(true), {
        timeout: 60_000,
        interval: 50,
      });
    };
    await startTools();
    const gateway = await start({ PERSONAL_TOOLS_TOKEN: token, PERSONAL_TOOLS_URL: `${url}/mcp` });
    const [user, other] = [await aFullUser(gateway), await aFullUser(gateway)];
    const stored = { environment: storage };
    expect((await tracesOf(stored, user.traces)).length).toBeGreaterThan(3);
    const before = await everythingOf(user);
    expect(JSON.stringify(before.personalTools)).toContain(user.planted[1]);
    await query(
      gateway,
      `insert into personal_notes (id, owner_id, number, title, text, created_at)
       select '${randomUUID()}', '${user.userId}', 1, 'from before', '${user.device}', ${moment(gateway, Date.now())}`,
    );
    const { earlier } = (await everythingOf(user)).personalTools as { earlier: object };
    expect(earlier).toMatchObject({ notes: [{ title: 'from before' }], tasks: [], events: [] });

    tools!.kill('SIGKILL');
    const half = await user.call('/api/me/export', { token: user.token });
    expect(half.body.error?.code).toBe('unavailable');
    await eraseMe(user);
    await expect.poll(() => gateway.log(), SOON).toContain('privacy.erasure.failed');
    expect(await accountsOf(gateway, user)).toHaveLength(1);

    await startTools();
    await untilGone(gateway, user);
    await untilTraceless(gateway, user);
    await expect.poll(() => tracesOf(stored, user.traces), SOON).toEqual([]);
    expect((await tracesOf(stored, other.traces)).length).toBeGreaterThan(3);
  });
});

describe('an anonymous account', () => {
  let gateway: Gateway;
  const device = async (): Promise<Pick<Person, 'userId' | 'token' | 'call'>> => {
    const asIt = <Data>(path: string, options: CallOptions = {}) =>
      call<Data>(gateway, path, options);
    const { data } = await asIt<Tokens>('/api/auth/device', { body: {} });
    await asIt('/api/chat', {
      token: data.accessToken,
      body: { message: `said by ${data.userId}`, profile_id: 'notes' },
    });
    return { userId: data.userId, token: data.accessToken, call: asIt };
  };
  beforeAll(async () => {
    gateway = await start({ ERASURE_GRACE: '7d' });
  });

  it('is exported and erased with its session alone, and erased at once', async () => {
    const it = await device();
    const { text } = await it.call('/api/me/export', { token: it.token });
    expect(text).toContain(`said by ${it.userId}`);
    expect((await eraseMe(it)).status).toBe(200);
    await untilGone(gateway, it);
    await expect.poll(() => tracesOf(gateway, [it.userId]), SOON).toEqual([]);
  });

  it('is erased thirty days after its last session', async () => {
    const [abandoned, used] = [await device(), await device()];
    await abandoned.call('/api/auth/logout', { method: 'POST', token: abandoned.token });
    await gateway.stop();
    gateway = await startGateway({ environment: gateway.environment });
    const due = async ({ userId }: { userId: string }) =>
      (await accountsOf(gateway, { userId }))[0]!.deletion_due_at as number | null;
    await expect.poll(() => due(abandoned)).not.toBeNull();
    expect(daysFromNow(await due(abandoned))).toBeCloseTo(30, 1);
    expect(await due(used)).toBeNull();
    await query(
      gateway,
      `update accounts set deletion_due_at = ${moment(gateway, Date.now() - 6_000)}
       where id = '${abandoned.userId}'`,
    );
    await untilGone(gateway, abandoned);
    await expect.poll(() => tracesOf(gateway, [abandoned.userId]), SOON).toEqual([]);
    expect((await used.call('/api/auth/me', { token: used.token })).status).toBe(200);
  });
});
