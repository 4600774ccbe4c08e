import { rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type ModelServer, startModelServer } from '../../libs/models/src/testing/model-server.ts';
import { calls, says } from '../../libs/models/src/testing/open-ai-answers.ts';
import {
  anOAuthProfile,
  authorizeUrl,
  confirm,
  connect,
  type Connection,
  connectionOf,
  returned,
} from '../oauth/connecting.ts';
import { anOAuthWorld, type OAuthWorld } from '../oauth/oauth-world.ts';
import { aUser, call, say, type User } from './client.ts';
import { aSecret, type Gateway, query, startGateway } from './gateway.ts';
import { aModelFile, aModelsDir, MODEL_KEY } from './models.ts';
import { aProfilesDir } from './profiles.ts';
import { follow } from './streams.ts';

const APP = 'org.example.app:/connected';

const past = ({ environment }: Gateway) =>
  environment.DATABASE_URL ? `'2026-01-01T00:00:00Z'` : '1';

interface WaitingRun {
  readonly runId: string;
  readonly conversationId: string;
  readonly status: string;
  readonly inputs: readonly { inputId: string; state: string; connectionId?: string }[];
}

/** What is told of a run that waits for a connection. */
const waitingFor = (connectionId: string) => ({
  data: { status: 'waiting_for_input', inputs: [{ kind: 'connection', connectionId }] },
});

describe('a server that each user connects', () => {
  let world: OAuthWorld;
  let gateway: Gateway;
  let model: ModelServer;
  let profilesDir: string;

  beforeAll(async () => {
    world = await anOAuthWorld();
    profilesDir = aProfilesDir({
      'box.json': anOAuthProfile('box', world, {
        scopes: ['notes:read'],
        scopeWords: { 'notes:read': 'Read your notes' },
      }),
      'other.json': anOAuthProfile('other', world),
      'clever.json': {
        ...anOAuthProfile('clever', world),
        engine: 'model',
        toolRisks: { whoami: 'read' },
      },
    });
    model = await startModelServer(says('Hello.'));
    gateway = await startGateway({
      environment: {
        PROFILES_DIR: profilesDir,
        CONNECTIONS_RETURN_URL: APP,
        MODELS_DIR: aModelsDir(aModelFile('main', model.url)),
        [MODEL_KEY]: aSecret(),
      },
    });
  });
  afterAll(() => {
    world?.close();
    return model?.close();
  });

  const remove = (user: User, { connectionId }: Pick<Connection, 'connectionId'>) =>
    call(gateway, `/api/connections/${connectionId}`, { method: 'DELETE', token: user.token });
  const begin = async (user: User, profileId = 'box') => {
    const { connectionId } = await connectionOf(gateway, user, profileId);
    return { connectionId, url: await authorizeUrl(gateway, user, connectionId) };
  };
  const aWaitingRun = async (user: User) =>
    (await say(gateway, user, 'box', '/whoami')).data as unknown as WaitingRun;
  const runOf = async (user: User, runId: string) =>
    (await call<WaitingRun>(gateway, `/api/chat/runs/${runId}`, { token: user.token })).data;
  const answerIn = async (user: User, conversationId: string) => {
    const path = `/api/chat/history/${conversationId}`;
    const { data } = await call<{ messages: { content: string }[] }>(gateway, path, {
      token: user.token,
    });
    return data.messages.at(-1)!.content;
  };
  const tell = async (user: User) => (await say(gateway, user, 'box', '/whoami')).body;

  it('is asked on behalf of the account of the person there', async () => {
    const [user, other] = [await aUser(gateway), await aUser(gateway)];
    const before = await connectionOf(gateway, user, 'box');
    const { host } = new URL(world.url);
    const title = 'Note box';
    expect(before).toMatchObject({ title, host, state: 'not_connected', since: null, scopes: [] });
    const { connectionId } = before;
    expect(await tell(user)).toMatchObject(waitingFor(connectionId));
    expect(await connect(gateway, user, world, 'box', 'ada')).toMatchObject({
      connectionId,
      state: 'connected',
      since: expect.any(String) as string,
      scopes: expect.arrayContaining(['Read your notes']) as string[],
    });
    await connect(gateway, other, world, 'box', 'bob');
    expect(await tell(user)).toMatchObject({ data: { response: 'You are ada.' } });
    expect(await tell(other)).toMatchObject({ data: { response: 'You are bob.' } });
    expect(await connectionOf(gateway, user, 'other')).toMatchObject({ state: 'not_connected' });
  });

  it('is asked as another account once the person has connected another one', async () => {
    const user = await aUser(gateway);
    await connect(gateway, user, world, 'box', 'eve');
    expect(await tell(user)).toMatchObject({ data: { response: 'You are eve.' } });
    await connect(gateway, user, world, 'box', 'fay');
    expect(await tell(user)).toMatchObject({ data: { response: 'You are fay.' } });
  });

  it('asks for a token for this resource, with PKCE, as a client that is registered once', async () => {
    const user = await aUser(gateway);
    const urls = [(await begin(user)).url, (await begin(user, 'other')).url].map(
      (url) => new URL(url).searchParams,
    );
    for (const query of urls) {
      expect(Object.fromEntries(query)).toMatchObject({
        resource: world.url,
        code_challenge_method: 'S256',
        response_type: 'code',
        redirect_uri: `${gateway.url}/api/connections/return`,
      });
      expect(query.get('state')).toMatch(/^[\w-]{43}$/);
    }
    const [box, other] = urls;
    expect(box!.get('client_id')).toBe(other!.get('client_id'));
    expect(box!.get('scope')!.split(' ')).not.toContain('notes:write');
    expect(other!.get('scope')!.split(' ')).toContain('notes:read');
  });

  it('is not asked any more once it is removed, here and there', async () => {
    const user = await aUser(gateway);
    const connection = await connect(gateway, user, world, 'box', 'gil');
    const refreshToken = world.issued.at(-2)!;
    expect((await remove(user, connection)).status).toBe(200);
    expect(await connectionOf(gateway, user, 'box')).toMatchObject({ state: 'not_connected' });
    expect(await tell(user)).toMatchObject(waitingFor(connection.connectionId));
    expect(await world.isValid(refreshToken)).toBe(false);
    expect((await remove(user, connection)).status).toBe(200);
  });

  describe('whose authorization server cannot be told that a connection is over', () => {
    const unreachable = (_: unknown, response: ServerResponse) => {
      response.writeHead(503).end();
      return true;
    };
    const anUntoldEnd = async (login: string) => {
      const user = await aUser(gateway);
      const connection = await connect(gateway, user, world, 'box', login);
      const refreshToken = world.issued.at(-2)!;
      world.interceptor = unreachable;
      expect((await remove(user, connection)).status).toBe(200);
      expect(await world.isValid(refreshToken)).toBe(true);
      return refreshToken;
    };
    const pending = () => query(gateway, 'select attempts from pending_revocations');
    afterEach(() => (world.interceptor = undefined));

    it('is told later', async () => {
      const refreshToken = await anUntoldEnd('wes');
      expect(await pending()).toEqual([{ attempts: 0 }]);
      const again = 'update pending_revocations set next_at = created_at returning id';
      await query(gateway, again);
      await expect.poll(pending, { timeout: 25_000 }).toEqual([{ attempts: 1 }]);
      world.interceptor = undefined;
      await query(gateway, again);
      await expect.poll(pending, { timeout: 25_000 }).toEqual([]);
      expect(await world.isValid(refreshToken)).toBe(false);
    });

    it('is given up after a day', async () => {
      await anUntoldEnd('xia');
      const moment = past(gateway);
      const old = `update pending_revocations set next_at = ${moment}, created_at = ${moment} returning id`;
      await query(gateway, old);
      await expect.poll(pending, { timeout: 25_000 }).toEqual([]);
      await expect.poll(() => gateway.log()).toMatch(/"event":"oauth\.revocation\.given_up"/);
    });
  });

  it('is removed, here and there, a month after the last assistant that uses it is gone', async () => {
    const [user, later] = [await aUser(gateway), await aUser(gateway)];
    const orphan = ({ userId }: User, since: string) =>
      query(
        gateway,
        `update server_connections set server = 'gone', orphaned_at = ${since} where account_id = '${userId}' returning id`,
      );
    const orphans = () =>
      query(
        gateway,
        `select account_id, orphaned_at from server_connections where server = 'gone'`,
      );
    await connect(gateway, user, world, 'box', 'yan');
    const refreshToken = world.issued.at(-2)!;
    await orphan(user, past(gateway));
    await connect(gateway, later, world, 'box', 'zoe');
    await orphan(later, 'null');
    const other = await startGateway({ environment: { ...gateway.environment } });
    const since = expect.anything() as unknown;
    await expect.poll(orphans).toEqual([{ account_id: later.userId, orphaned_at: since }]);
    await expect.poll(() => world.isValid(refreshToken)).toBe(false);
    await other.stop();
    expect(other.log()).toMatch(/"event":"oauth\.orphan\.removed"/);
  });

  it('wants the person to allow more where it lacks a scope, and works then', async () => {
    const user = await aUser(gateway);
    const tellOther = async () => (await say(gateway, user, 'other', '/whoami')).body;
    await connect(gateway, user, world, 'other', 'hal');
    world.neededScope = 'notes:write';
    try {
      expect(await tellOther()).toMatchObject({ data: { status: 'waiting_for_input' } });
      expect(await connectionOf(gateway, user, 'other')).toMatchObject({ state: 'needs_more' });
      const { url } = await begin(user, 'other');
      const asked = new URL(url).searchParams.get('scope')!.split(' ');
      expect(asked).toEqual(expect.arrayContaining(['notes:read', 'notes:write']));
      expect(await connect(gateway, user, world, 'other', 'hal')).toMatchObject({
        state: 'connected',
      });
      expect(await tellOther()).toMatchObject({ data: { response: 'You are hal.' } });
    } finally {
      world.neededScope = 'notes:read';
    }
  });

  it('tells the app that the person has said no', async () => {
    const user = await aUser(gateway);
    const { url, connectionId } = await begin(user);
    const app = await returned(await world.refuse(url, 'ivy'));
    expect(app.href).toBe(`${APP}?error=denied&connection=${connectionId}`);
    expect(await connectionOf(gateway, user, 'box')).toMatchObject({ state: 'not_connected' });
  });

  it('is connected by a code that may be sent again, in any case', async () => {
    const user = await aUser(gateway);
    const { url, connectionId } = await begin(user);
    const app = await returned(await world.allow(url, 'jim'));
    const code = app.searchParams.get('code')!;
    const first = await confirm(gateway, user, connectionId, code);
    const typed = `${code.slice(0, 5)} - ${code.slice(5)}`.toLowerCase();
    const second = await confirm(gateway, user, connectionId, typed);
    expect([first.status, second.data]).toEqual([200, first.data]);
  });

  it('is in the export, without a token', async () => {
    const user = await aUser(gateway);
    const { connectionId } = await connect(gateway, user, world, 'box', 'kim');
    const { text } = await call(gateway, '/api/me/export', { token: user.token });
    expect(JSON.parse(text)).toMatchObject({
      connections: [
        {
          connectionId,
          profileId: 'box',
          server: 'notes',
          issuer: world.issuer,
          resource: world.url,
        },
      ],
    });
    expect(world.issued.filter((token) => text.includes(token))).toEqual([]);
  });

  it('is not there for a person who asks for another id', async () => {
    const user = await aUser(gateway);
    const path = `/api/connections/${'x'.repeat(22)}`;
    const { token } = user;
    const answers = await Promise.all([
      call(gateway, `${path}/authorize`, { method: 'POST', token }),
      call(gateway, `${path}/confirm`, { token, body: { code: '23456-789AB' } }),
      call(gateway, path, { method: 'DELETE', token }),
    ]);
    expect(answers.map(({ status, body }) => [status, body.error!.code])).toEqual(
      answers.map(() => [404, 'connection_not_found']),
    );
  });

  it('has messages wait for it, and go on by themselves once it is connected', async () => {
    const user = await aUser(gateway);
    const waiting = await Promise.all(Array.from({ length: 3 }, () => aWaitingRun(user)));
    expect(waiting[0]!.inputs).toEqual([
      expect.objectContaining({
        kind: 'connection',
        title: 'Note box',
        message: 'Connect your account at Note box. Then this goes on by itself.',
        state: 'pending',
      }),
    ]);
    const { connectionId } = await connect(gateway, user, world, 'box', 'leo');
    expect(waiting[0]!.inputs[0]).toMatchObject({ connectionId });
    for (const { runId, conversationId } of waiting) {
      await expect.poll(async () => (await runOf(user, runId)).status).toBe('succeeded');
      expect(await answerIn(user, conversationId)).toBe('You are leo.');
    }
  });

  it('has a message go on also where nothing was told of the connection', async () => {
    const user = await aUser(gateway);
    await connect(gateway, user, world, 'box', 'ned');
    const turn = (state: string) =>
      query(
        gateway,
        `update server_connections set state = '${state}' where account_id = '${user.userId}' returning id`,
      );
    await turn('expired');
    const { runId, conversationId } = await aWaitingRun(user);
    await turn('connected');
    const status = async () => (await runOf(user, runId)).status;
    await expect.poll(status, { timeout: 25_000 }).toBe('succeeded');
    expect(await answerIn(user, conversationId)).toBe('You are ned.');
  });

  it('is not asked for a message whose person does not want to connect it', async () => {
    const user = await aUser(gateway);
    const { runId, conversationId, inputs } = await aWaitingRun(user);
    const { inputId } = inputs[0]!;
    const path = `/api/chat/runs/${runId}/input`;
    await call(gateway, path, { token: user.token, body: { inputId, action: 'decline' } });
    await expect.poll(async () => (await runOf(user, runId)).status).toBe('failed');
    expect(await answerIn(user, conversationId)).toBe(
      'This cannot be done without your account at the other service. Nothing has been done there.',
    );
  });

  describe('and that ends the connection in the middle of an answer', () => {
    /** Two calls of which the second is refused, as the person has been signed out there meanwhile. */
    const aRunThatLosesIt = async (user: User, login: string) => {
      await connect(gateway, user, world, 'clever', login);
      world.calls.length = 0;
      model.asked.length = 0;
      const whoami = (id: string) => ({ name: 'whoami', text: '{}', id });
      model.answer(calls(whoami('c1'), whoami('c2')), says('Done.'));
      await world.revoke(login);
      world.serverInterceptor = (request, response) => {
        const isRefused = request.headers['mcp-method'] === 'tools/call' && world.calls.length > 0;
        if (isRefused) {
          response.setHeader('www-authenticate', 'Bearer error="invalid_token"');
          response.writeHead(401).end();
        }
        return isRefused;
      };
      const { data } = await say(gateway, user, 'clever', 'Who am I, twice?');
      world.serverInterceptor = undefined;
      return data as unknown as WaitingRun;
    };
    const partsOf = async (user: User, runId: string) =>
      (await (await follow(gateway, user, runId)).ended).types;
    const toldResults = () =>
      (model.asked.at(-1)!.body as { messages: { role: string; content: string }[] }).messages
        .filter(({ role }) => role === 'tool')
        .map(({ content }) => content);

    it('is waited for, and the answer goes on where it stood', async () => {
      const user = await aUser(gateway);
      const { runId, inputs, status } = await aRunThatLosesIt(user, 'uma');
      expect(status).toBe('waiting_for_input');
      expect(inputs).toMatchObject([{ kind: 'connection', state: 'pending' }]);
      await connect(gateway, user, world, 'clever', 'uma');
      await expect.poll(async () => (await runOf(user, runId)).status).toBe('succeeded');
      expect(world.calls).toEqual(['uma', 'uma']);
      expect(model.asked).toHaveLength(2);
      expect(toldResults()).toEqual([
        expect.stringContaining('You are uma.'),
        expect.stringContaining('You are uma.'),
      ]);
      const types = await partsOf(user, runId);
      expect(types.filter((type) => type.startsWith('tool-'))).toEqual([
        'tool-input-available',
        'tool-output-available',
        'tool-input-available',
        'tool-output-available',
      ]);
    });

    it('is told of to the model where the person does not want to connect it again', async () => {
      const user = await aUser(gateway);
      const { runId, inputs } = await aRunThatLosesIt(user, 'vic');
      const body = { inputId: inputs[0]!.inputId, action: 'decline' };
      await call(gateway, `/api/chat/runs/${runId}/input`, { token: user.token, body });
      await expect.poll(async () => (await runOf(user, runId)).status).toBe('succeeded');
      expect(world.calls).toEqual(['vic']);
      expect(toldResults()[1]).toMatch(/has not connected their account/);
      const types = await partsOf(user, runId);
      expect(types.filter((type) => type.startsWith('tool-')).at(-1)).toBe('tool-output-error');
    });
  });

  it('is waited for again where the person says that they have connected it, and have not', async () => {
    const user = await aUser(gateway);
    const { runId, inputs } = await aWaitingRun(user);
    const path = `/api/chat/runs/${runId}/input`;
    const body = { inputId: inputs[0]!.inputId, action: 'accept' };
    await call(gateway, path, { token: user.token, body });
    await expect
      .poll(async () => (await runOf(user, runId)).inputs.map(({ state }) => state))
      .toEqual(['accepted', 'pending']);
    await connect(gateway, user, world, 'box', 'meg');
    await expect.poll(async () => (await runOf(user, runId)).status).toBe('succeeded');
  });

  it('tells of commands that cannot be listed before it is connected', async () => {
    const user = await aUser(gateway);
    const { connectionId } = await connectionOf(gateway, user, 'box');
    const { body } = await call(gateway, '/api/profiles/box/capabilities', { token: user.token });
    expect(body.error).toMatchObject({ code: 'connection_required', connectionId });
  });

  it('can be connected as soon as a reloaded file of an assistant names it', async () => {
    const user = await aUser(gateway);
    const profile = anOAuthProfile('later', world, { title: 'Later box' });
    writeFileSync(join(profilesDir, 'later.json'), JSON.stringify(profile));
    process.kill(gateway.pid!, 'SIGHUP');
    const titleOf = async () => (await connectionOf(gateway, user, 'later'))?.title;
    await expect.poll(titleOf, { timeout: 10_000 }).toBe('Later box');
    await connect(gateway, user, world, 'later', 'ned');
    expect((await say(gateway, user, 'later', '/whoami')).data.response).toBe('You are ned.');
    rmSync(join(profilesDir, 'later.json'));
    process.kill(gateway.pid!, 'SIGHUP');
    await expect.poll(titleOf, { timeout: 10_000 }).toBeUndefined();
  });

  it('describes the gateway to authorization servers', async () => {
    const response = await fetch(`${gateway.url}/api/connections/client.json`);
    expect(await response.json()).toMatchObject({
      redirect_uris: [`${gateway.url}/api/connections/return`],
      token_endpoint_auth_method: 'none',
      response_types: ['code'],
    });
  });
});
