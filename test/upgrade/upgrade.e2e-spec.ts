import { calculateJwkThumbprint, type CryptoKey, importJWK } from 'jose';
import { type ModelServer, startModelServer } from '../../libs/models/src/testing/model-server.js';
import { says } from '../../libs/models/src/testing/open-ai-answers.js';
import { challengeOf, complete } from '../attack/auth/second-factor-user.ts';
import { codeOf } from '../attack/auth/totp-code.ts';
import { tracesOf } from '../attack/auth/traces.ts';
import { call, say, type Tokens, type User } from '../e2e/client.ts';
import { runCommand } from '../e2e/command.ts';
import { callWith, type DeviceKey } from '../e2e/device-key.ts';
import {
  aSecret,
  freePort,
  type Gateway,
  query,
  spawnGateway,
  startGateway,
} from '../e2e/gateway.ts';
import { aModelFile, aModelsDir, MODEL_KEY } from '../e2e/models.ts';
import { aProfile, aProfilesDir } from '../e2e/profiles.ts';
import type { Former } from './former.ts';
import { FORMER_RELEASES, load } from './load.ts';

interface Run {
  readonly status: string;
  readonly finishedAt: string | null;
  readonly approvals?: readonly { readonly callId: string; readonly state: string }[];
}

// An erasure, an audit trail, and several processes one after the other.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

describe.each(FORMER_RELEASES)('the data of %s', (release) => {
  let server: ModelServer;
  let former: Former;
  let gateway: Gateway;
  let owner: { readonly token: string };

  beforeAll(async () => {
    const loaded = await load(release);
    former = loaded.former;
    server = await startModelServer(says('Done.'));
    gateway = await startGateway({
      environment: {
        ...loaded.storage,
        ...former.secrets,
        MODELS_DIR: aModelsDir(aModelFile('main', server.url, { default: true })),
        [MODEL_KEY]: aSecret(),
        PROFILES_DIR: aProfilesDir({
          'plain.json': aProfile('plain', {
            allowedTools: { 'personal-tools': ['add_note', 'list_notes'] },
          }),
        }),
        ERASURE_GRACE: '0s',
        ERASURE_SETTLE: '1s',
      },
    });
    const { data } = await refresh(former.owner.refreshToken);
    owner = { token: data.accessToken };
  });
  afterAll(() => server.close());

  const refresh = (refreshToken: string) =>
    call<Tokens>(gateway, '/api/auth/refresh', { body: { refreshToken } });
  const asOwner = <Data>(path: string, body?: unknown) =>
    call<Data>(gateway, path, { token: owner.token, body });
  const signIn = async (
    { username, password }: Pick<User, 'username' | 'password'>,
    proof: { readonly code?: string; readonly recoveryCode?: string },
  ) => {
    const challenge = await challengeOf(gateway, { username, password } as User);
    return complete(gateway, { challenge, ...proof });
  };
  const answerOf = async (profile: string, message: string) =>
    (await say(gateway, owner, profile, message)).data.response;
  const verify = async () => {
    const { code, stdout } = await runCommand(gateway, 'audit', 'verify', '--json');
    return { code, ...(JSON.parse(stdout) as { records: number; faults: object[] }) };
  };

  it('have the session of a phone go on, and show the same account', async () => {
    const { data } = await asOwner<object>('/api/auth/me');
    expect(data).toMatchObject({
      userId: former.owner.userId,
      username: former.owner.username,
      email: former.owner.email,
    });
    // It has been used, by the renewal.
    expect((await refresh(former.owner.refreshToken)).status).toBe(200);
  });

  it('have a bound session go on with its key, and with no other one', async () => {
    const { refreshToken, key } = former.bound;
    const body = { refreshToken };
    expect((await call(gateway, '/api/auth/refresh', { body })).status).toBe(401);
    const { d: _, ...jwk } = key;
    const holder: DeviceKey = {
      alg: 'ES256',
      privateKey: (await importJWK(key, 'ES256')) as CryptoKey,
      jwk: { ...jwk },
      thumbprint: await calculateJwkThumbprint(jwk),
    };
    const renewed = await callWith<Tokens>(gateway, holder, '/api/auth/refresh', { body });
    expect(renewed.status).toBe(200);
  });

  it('have a device without an account go on', async () => {
    const { data } = await refresh(former.device.refreshToken);
    expect(data.userId).toBe(former.device.userId);
    const { response } = (await say(gateway, { token: data.accessToken }, 'plain', '/list_notes'))
      .data;
    expect(response).toContain('without a name');
  });

  it('open to the password with a second factor, or with a recovery code', async () => {
    const [recoveryCode] = former.owner.recoveryCodes;
    expect((await signIn(former.owner, { code: codeOf(former.owner.secret) })).status).toBe(200);
    expect((await signIn(former.owner, { recoveryCode: recoveryCode! })).status).toBe(200);
    expect((await signIn(former.owner, { recoveryCode: recoveryCode! })).status).toBe(401);
    const { username } = former.owner;
    const wrong = { username, password: 'another password' };
    expect((await call(gateway, '/api/auth/login', { body: wrong })).status).toBe(401);
  });

  it('have all conversations, as they were', async () => {
    for (const { id, messages } of former.conversations) {
      const { data } = await asOwner<{ messages: object[] }>(`/api/chat/history/${id}`);
      expect(data.messages).toEqual(messages.map((message) => expect.objectContaining(message)));
    }
    const { data } = await asOwner<{ results: object[] }>('/api/chat/search?q=umbrella');
    expect(JSON.stringify(data)).toContain(former.conversations.at(-1)!.id);
  });

  it('have what tools have stored', async () => {
    expect(await answerOf('plain', '/list_notes')).toMatch(/Bread[^]*Milk/);
    expect(await answerOf('tasks', '/list_tasks')).toContain('Call the dentist');
    expect(await answerOf('memory', '/read_graph')).toContain('likes the sea');
  });

  it('have a run closed that nobody answers any more', async () => {
    const { runId } = former.cut;
    await expect
      .poll(async () => (await asOwner<Run>(`/api/chat/runs/${runId}`)).data.status, {
        timeout: 90_000,
      })
      .toBe('interrupted');
  });

  it('have an approval that can still be given', async () => {
    const { runId, callId, conversationId } = former.waiting;
    const run = async () => (await asOwner<Run>(`/api/chat/runs/${runId}`)).data;
    expect(await run()).toMatchObject({
      status: 'waiting_for_approval',
      approvals: [{ callId, state: 'pending' }],
    });
    const decided = await asOwner(`/api/chat/runs/${runId}/approvals/${callId}`, { approve: true });
    expect(decided.status).toBe(200);
    await expect.poll(async () => (await run()).finishedAt).not.toBeNull();
    expect(await run()).toMatchObject({ status: 'succeeded', approvals: [{ state: 'approved' }] });
    expect(await answerOf('plain', '/list_notes')).not.toContain('Milk');
    const { data } = await asOwner<{ messages: { content: string }[] }>(
      `/api/chat/history/${conversationId}`,
    );
    expect(data.messages.map(({ content }) => content)).toEqual(['Delete the first note', 'Done.']);
  });

  it('let an account be restored that was to be erased', async () => {
    const { username, password } = former.leaving;
    const { data } = await call<Tokens>(gateway, '/api/auth/login', {
      body: { username, password },
    });
    const token = data.accessToken;
    const restored = await call(gateway, '/api/me/restore', { method: 'POST', token });
    expect(restored.status).toBe(200);
    const answer = await say(gateway, { token }, 'plain', '/list_notes');
    expect(answer.data.response).toContain('leaving soon');
  });

  it('have an audit trail that is chained from its first record on', async () => {
    await expect.poll(async () => (await verify()).records).toBeGreaterThan(former.auditRecords);
    expect(await verify()).toMatchObject({ code: 0, faults: [] });
    const { administrator } = former;
    const { data } = await signIn(administrator, { code: codeOf(administrator.secret) });
    const page = await call<{ records: object[] }>(
      gateway,
      '/api/admin/audit?action=admin.created',
      { token: data.accessToken },
    );
    expect(page.data.records).toHaveLength(1);
  });

  it('are exported to their owner, and erased without a trace', async () => {
    const [, recoveryCode] = former.owner.recoveryCodes;
    const { data } = await signIn(former.owner, { recoveryCode: recoveryCode! });
    const token = data.accessToken;
    const { text } = await call(gateway, '/api/me/export', { token });
    const contents = former.conversations.flatMap(({ messages }) => messages);
    const texts = ['Umbrella or not', 'It is not.', 'likes the sea', 'analytics'];
    for (const part of [...texts, former.owner.email, ...contents.map(({ content }) => content)]) {
      expect(text).toContain(JSON.stringify(part).slice(1, -1));
    }
    await call(gateway, '/api/me', { method: 'DELETE', token });
    const traces = [former.owner.userId, former.owner.username, former.owner.email, ...texts];
    await expect
      .poll(() => tracesOf(gateway, traces), { timeout: 90_000, interval: 500 })
      .toEqual([]);
    expect(await verify()).toMatchObject({ code: 0, faults: [] });
  });

  it('are refused by this release once a later one has migrated them', async () => {
    await gateway.stop();
    await query(
      gateway,
      `insert into schema_migrations (name, executed_at) values ('Migration29990101000000', ${gateway.environment.DATABASE_URL ? 'now()' : '0'})`,
    );
    const late = spawnGateway({ ...gateway.environment, PORT: String(await freePort()) });
    await expect.poll(() => late.process.exitCode).toBe(1);
    expect(late.output()).toContain('the schema of a later release');
    const command = await runCommand(gateway, 'keys', 'list');
    expect([command.code, command.stderr]).toEqual([
      1,
      expect.stringContaining('the schema of a later release'),
    ]);
  });
});
