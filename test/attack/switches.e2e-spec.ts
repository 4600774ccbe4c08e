import { randomUUID } from 'node:crypto';
import {
  type ModelAnswer,
  type ModelServer,
  startModelServer,
  stream as begin,
} from '../../libs/models/src/testing/model-server.js';
import { chunk, says } from '../../libs/models/src/testing/open-ai-answers.js';
import { aUser, call, say, type Tokens, type User } from '../e2e/client.ts';
import { runCommand } from '../e2e/command.ts';
import { aSecret, freshStorage, type Gateway, query, startGateway } from '../e2e/gateway.ts';
import { aModelFile, aModelsDir, MODEL_KEY } from '../e2e/models.ts';
import { aProfile, aProfilesDir } from '../e2e/profiles.ts';
import { aSlowProfile, openStream, type Stream, streamOf } from '../e2e/streams.ts';
import { aTotpUser, challengeOf, complete, type TotpUser } from './auth/second-factor-user.ts';
import { codeOf } from './auth/totp-code.ts';

/** A switch is in force everywhere within this time. Milliseconds. */
const WITHIN_MS = 1_000;

// What a busy machine takes for its own part comes on top.
const LENIENCE_MS = 2_000;

const isScaled = process.env.E2E_DATABASE_URL !== undefined;

/** Goes on for as long as the test. */
const STORY = '/tell_story length=100000 milliseconds=60000';

interface Switch {
  readonly id: string;
  readonly scope: string;
  readonly target: string | null;
  readonly operatorId: string | null;
  readonly expiresAt: string | null;
}

describe('what operators switch off', { timeout: 180_000 }, () => {
  let models: ModelServer;
  let gateways: Gateway[];
  let gateway: Gateway;
  let other: Gateway;
  let admin: TotpUser;
  let user: User;
  let isChanged = false;

  beforeAll(async () => {
    models = await startModelServer(says('Hello.'));
    const thinking = { engine: 'model', model: { name: 'first', fallbacks: ['second'] } };
    const environment = {
      ...(await freshStorage()),
      JWT_SECRET: aSecret(),
      PASSWORD_PEPPER: aSecret(),
      MODELS_DIR: aModelsDir(
        aModelFile('first', models.url, { model: 'first-model' }),
        aModelFile('second', models.url, { model: 'second-model' }),
      ),
      [MODEL_KEY]: aSecret(),
      PROFILES_DIR: aProfilesDir({
        ...aSlowProfile(),
        'thinking.json': aProfile('thinking', thinking),
      }),
      SHUTDOWN_DRAIN: '1s',
    };
    gateways = await Promise.all(
      Array.from({ length: isScaled ? 2 : 1 }, () => startGateway({ environment })),
    );
    [gateway] = gateways as [Gateway];
    other = gateways.at(-1)!;
    admin = await aTotpUser(gateway);
    user = await aUser(gateway);
    await query(gateway, `update accounts set role = 'admin' where id = '${admin.userId}'`);
    // The principal is remembered for a second at most.
    await vi.waitUntil(async () => (await list()).status === 200, { timeout: 20_000 });
  });
  /** Also what others have learned late. */
  afterEach(async () => {
    models.answer(says('Hello.'));
    if (!isChanged) return;
    for (const { id } of (await list()).data.switches) await on({ id });
    // An instance acts on its own changes at once, and learns those of others in their order. When each has learned one
    // of another, all know what was before.
    for (const at of gateways) {
      const { data: last } = await tryOff('profile', 'tasks', {}, at);
      await vi.waitUntil(
        async () => (await answers('tasks')).every((code) => code === 'assistant_off'),
        soon,
      );
      await on(last, at);
    }
    isChanged = false;
  });
  afterAll(() => models.close());

  const soon = { timeout: 10_000 };
  const list = (path = '') =>
    call<{ switches: Switch[] }>(gateway, `/api/admin/switches${path}`, { token: admin.token });
  const tryOff = (scope: string, target?: string, more: object = {}, at = gateway) => {
    isChanged ||= target !== 'tasks';
    return call<Switch>(at, '/api/admin/switches', {
      token: admin.token,
      body: { scope, ...(target && { target }), reason: 'a test', ...more },
    });
  };
  const off = async (...what: Parameters<typeof tryOff>) => (await tryOff(...what)).data;
  const on = ({ id }: Pick<Switch, 'id'>, at = gateway) =>
    call(at, `/api/admin/switches/${id.toUpperCase()}`, {
      method: 'DELETE',
      token: admin.token,
    });
  /** How the instances answer a message: with an answer, or the code of an error. */
  const answers = (profile: string, message = '/help', of = user) =>
    Promise.all(
      gateways.map(async (to) => {
        const { status, body } = await say(to, of, profile, message);
        return status === 200 ? (body.data!.errorCode ?? 'answered') : body.error!.code;
      }),
    );
  const all = (outcome: string) => gateways.map(() => outcome);
  const think = (to: Gateway) =>
    openStream(to, '/api/chat', user, {
      method: 'POST',
      body: { message: 'Think.', profile_id: 'thinking' },
      headers: { Accept: 'text/event-stream' },
    });

  /** That a stream ends in time, and how its run has ended. */
  async function endOf(stream: Stream, since: number): Promise<unknown> {
    const { parts } = await stream.ended;
    expect(performance.now() - since).toBeLessThan(WITHIN_MS + LENIENCE_MS);
    expect(parts.at(-1)?.type).toBe('error');
    return parts.findLast(({ type }) => type === 'data-run')?.data;
  }

  it.each([
    ['chat', undefined, 'service_off', 'everything'],
    ['profile', 'slow', 'assistant_off', undefined],
    ['server', 'slow', 'tool_off', undefined],
    ['tool', 'slow/tell_story', 'tool_off', undefined],
  ])('%s %s: ends running answers with %j', async (scope, target, code, alsoOff) => {
    const streams = await Promise.all(gateways.map((to) => streamOf(to, user, STORY)));
    for (const stream of streams) {
      await expect.poll(() => stream.read().types).toContain('data-run');
    }
    const one = await off(scope, target);
    const since = performance.now();
    expect(one).toMatchObject({ scope, target: target ?? null, operatorId: admin.userId });
    for (const stream of streams) {
      expect(await endOf(stream, since)).toMatchObject({ status: 'failed', errorCode: code });
    }
    expect(await answers('slow', STORY)).toEqual(all(code));
    expect(await answers('everything')).toEqual(all(alsoOff ? code : 'answered'));
    expect((await on(one)).status).toBe(200);
    await expect
      .poll(() => answers('slow', '/tell_story length=10'), soon)
      .toEqual(all('answered'));
  });

  it('is not offered to phones', async () => {
    const isActive = async () => {
      const { data } = await call<{ id: string; isActive: boolean }[]>(other, '/api/profiles', {
        token: user.token,
      });
      return data.filter((profile) => !profile.isActive).map(({ id }) => id);
    };
    const capabilities = async () =>
      (
        await call<{ commands: { name: string }[]; unavailable?: string[] }>(
          other,
          '/api/profiles/slow/capabilities',
          { token: user.token },
        )
      ).data;
    await off('profile', 'notes');
    await off('tool', 'slow/tell_story');
    await expect.poll(isActive, soon).toEqual(['notes']);
    await expect.poll(async () => (await capabilities()).unavailable, soon).toEqual(['tell_story']);
    const { commands } = await capabilities();
    expect(commands.map(({ name }) => name)).not.toContain('tell_story');
    expect((await say(other, user, 'slow', '/help')).data.response).not.toContain('tell_story -');
  });

  it('lets a history be read while no message is answered', async () => {
    const { conversationId } = (await say(gateway, user, 'everything', '/help')).data;
    await off('chat');
    await expect.poll(() => answers('everything'), soon).toEqual(all('service_off'));
    const history = await call(other, `/api/chat/history/${conversationId}`, { token: user.token });
    expect(history.status).toBe(200);
  });

  describe('of models', () => {
    const askedModels = () => models.asked.map(({ body }) => body.model);

    it('has the next one of the profile asked, and none when all are off', async () => {
      await off('model', 'first');
      await expect
        .poll(async () => {
          await answers('thinking', 'Think.');
          return askedModels().slice(-gateways.length);
        }, soon)
        .toEqual(all('second-model'));
      await off('model', 'second');
      await expect.poll(() => answers('thinking', 'Think.'), soon).toEqual(all('model_off'));
      expect(await answers('thinking', '/help')).toEqual(all('answered'));
    });

    it('ends an answer that has begun, and asks the next one where none has', async () => {
      models.answer(hangsAfter('Once upon a time'));
      const begun = await think(other);
      await expect.poll(() => begun.read().answer).toBe('Once upon a time');
      models.answer(hangs, says('Hello from the second.'));
      const unbegun = await think(other);
      await expect.poll(() => askedModels().slice(-2)).toEqual(['first-model', 'first-model']);
      await off('model', 'first');
      const since = performance.now();
      expect(await endOf(begun, since)).toMatchObject({ status: 'failed', errorCode: 'model_off' });
      expect((await unbegun.ended).answer).toBe('Hello from the second.');
    });
  });

  describe('sign_in', () => {
    it('keeps people out, and lets operators in, who switch it on again', async () => {
      const one = await off('sign_in');
      const { username, password } = user;
      const tryLogin = async () =>
        (await call(other, '/api/auth/login', { body: { username, password } })).body.error?.code;
      await expect.poll(tryLogin, soon).toBe('sign_in_off');
      for (const [path, body] of [
        ['/api/auth/register', { username: `user-${randomUUID().slice(0, 13)}`, password }],
        ['/api/auth/device', {}],
      ] as const) {
        const refused = await call(other, path, { body });
        expect([refused.status, refused.body.error?.code]).toEqual([503, 'sign_in_off']);
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      }
      // Existing sessions continue.
      expect(await answers('everything')).toEqual(all('answered'));
      const challenge = await challengeOf(other, admin);
      const signedIn = await complete(other, { challenge, code: codeOf(admin.secret) });
      const switchedOn = await call(other, `/api/admin/switches/${one.id}`, {
        method: 'DELETE',
        token: signedIn.data.accessToken,
      });
      expect(switchedOn.status).toBe(200);
      await expect.poll(tryLogin, soon).toBeUndefined();
    });
  });

  describe('of people', () => {
    const statusOf = async (token: string) =>
      Promise.all(
        gateways.map(async (to) => {
          const { status, body } = await call(to, '/api/profiles', { token });
          return status === 200 ? 'served' : body.error!.code;
        }),
      );
    const refresh = ({ refreshToken }: Tokens) =>
      call<Tokens>(other, '/api/auth/refresh', { body: { refreshToken } });
    const tryLogin = ({ username, password }: User, token?: string) =>
      call(other, '/api/auth/login', { body: { username, password, device: { token } } });

    it('blocks an account: its tokens, renewals, sign-ins and streams, and no others', async () => {
      const victim = await aUser(gateway);
      const streams = await Promise.all(gateways.map((to) => streamOf(to, victim, STORY)));
      const one = await off('account', victim.userId.toUpperCase());
      const since = performance.now();
      for (const stream of streams) {
        const { parts } = await stream.ended;
        expect(performance.now() - since).toBeLessThan(WITHIN_MS + LENIENCE_MS);
        expect(parts.at(-1)).toMatchObject({
          type: 'error',
          errorText: 'Your access has been blocked. Ask the operator of this service.',
        });
      }
      expect(await statusOf(victim.token)).toEqual(all('access_blocked'));
      const refused = await call(other, '/api/auth/me', { token: victim.token });
      expect([refused.status, refused.headers.get('connection')]).toEqual([403, 'close']);
      expect((await refresh(victim)).body.error?.code).toBe('access_blocked');
      expect((await tryLogin(victim)).body.error?.code).toBe('invalid_credentials');
      expect(await statusOf(user.token)).toEqual(all('served'));
      await on(one);
      await expect.poll(() => statusOf(victim.token), soon).toEqual(all('served'));
      expect((await refresh(victim)).status).toBe(200);
    });

    it('blocks a device, and not the other devices of its account', async () => {
      const victim = await aUser(gateway);
      const { data: tablet } = await call<Tokens>(gateway, '/api/auth/login', {
        body: { username: victim.username, password: victim.password },
      });
      const [{ id: deviceId }] = (await query(
        gateway,
        `select known_device_id as id from sessions where account_id = '${victim.userId}' order by created_at limit 1`,
      )) as [{ id: string }];
      const streams = await Promise.all(
        gateways.flatMap((to) => [
          streamOf(to, victim, STORY),
          streamOf(to, { token: tablet.accessToken }, STORY),
        ]),
      );
      await off('device', deviceId);
      for (const [at, stream] of streams.entries()) {
        if (at % 2 === 0) expect((await stream.ended).types.at(-1)).toBe('error');
        else expect(stream.read().types).not.toContain('error');
        stream.hangUp();
      }
      expect(await statusOf(victim.token)).toEqual(all('access_blocked'));
      expect((await refresh(victim)).body.error?.code).toBe('access_blocked');
      const again = await tryLogin(victim, victim.deviceToken);
      expect([again.status, again.body.error?.code]).toEqual([403, 'access_blocked']);
      expect(await statusOf(tablet.accessToken)).toEqual(all('served'));
    });

    it('is never the operator who asks', async () => {
      const [{ id: deviceId }] = (await query(
        gateway,
        `select known_device_id as id from sessions
         where account_id = '${admin.userId}' and revoked_at is null limit 1`,
      )) as [{ id: string }];
      for (const [scope, target] of [
        ['account', admin.userId],
        ['device', deviceId],
      ] as const) {
        const refused = await tryOff(scope, target);
        expect([refused.status, refused.body.error?.code]).toEqual([403, 'own_account']);
      }
    });
  });

  it('comes on by itself when its time is over', async () => {
    const one = await off('profile', 'slow', { seconds: 2 });
    expect(one.expiresAt).not.toBeNull();
    await expect.poll(() => answers('slow'), soon).toEqual(all('assistant_off'));
    await expect.poll(() => answers('slow')).toEqual(all('answered'));
    expect((await list()).data.switches).toEqual([]);
    expect((await on(one)).body.error?.code).toBe('switch_not_found');
  });

  it('is on everywhere when another instance switches it on at once', async () => {
    for (let times = 0; times < 5; times += 1) await on(await off('profile', 'everything'), other);
    await expect.poll(() => answers('everything'), soon).toEqual(all('answered'));
  });

  it('is off as it was said last, and on at once', async () => {
    await off('profile', 'slow');
    const last = await off('profile', 'slow', { seconds: 3_600 });
    const found = (await list('?scope=profile')).data.switches;
    expect(found).toEqual([last]);
    expect((await list('?scope=model')).data.switches).toEqual([]);
    await on(last);
    await expect.poll(() => answers('slow'), soon).toEqual(all('answered'));
  });

  it('is switched by commands, which show it', async () => {
    const switches = (...words: string[]) => runCommand(gateway, 'switches', ...words);
    const given = ['tool', 'slow/tell_story', '--reason', 'a test'];
    const done = await switches('off', ...given, '--for', '2h');
    expect([done.code, done.stdout]).toEqual([
      0,
      expect.stringMatching(/^tool slow\/tell_story is off within a second, until /) as string,
    ]);
    await expect.poll(() => answers('slow', STORY), soon).toEqual(all('tool_off'));
    expect((await switches('list')).stdout).toMatch(/^tool +slow\/tell_story +until .* a test$/m);
    expect((await switches('on', 'tool', 'slow/tell_story')).code).toBe(0);
    await expect
      .poll(() => answers('slow', '/tell_story length=10'), soon)
      .toEqual(all('answered'));
    expect((await switches('on', 'tool', 'slow/tell_story')).code).toBe(1);
    for (const wrong of [
      ['off', 'everything', '--reason', 'x'],
      ['off', 'chat'],
      ['off', 'chat', 'notes', '--reason', 'x'],
      ['off', 'tool', 'tell_story', '--reason', 'x'],
    ]) {
      expect((await switches(...wrong)).code).toBe(2);
    }
  });

  it('outlasts a restart', async () => {
    await off('profile', 'slow');
    const restarted = await startGateway({ environment: gateway.environment });
    const refused = await say(restarted, user, 'slow', '/help');
    expect([refused.status, refused.body.error?.code]).toEqual([503, 'assistant_off']);
    await restarted.stop();
  });

  it('has a record of who switched what', async () => {
    const one = await off('tool', 'slow/tell_story');
    await on(one);
    await tryOff('profile', 'unknown');
    const records = await query(
      gateway,
      `select actor_id, action, object_type, object_id, outcome from audit_records
       where action in ('switch.off', 'switch.on') order by id desc limit 3`,
    );
    const about = { actor_id: admin.userId, object_type: 'tool', object_id: 'slow/tell_story' };
    expect(records).toEqual([
      {
        ...about,
        action: 'switch.off',
        object_type: 'profile',
        object_id: 'unknown',
        outcome: 'part_not_found',
      },
      { ...about, action: 'switch.on', outcome: 'succeeded' },
      { ...about, action: 'switch.off', outcome: 'succeeded' },
    ]);
  });

  it.each([
    ['profile', 'unknown', 404],
    ['profile', undefined, 404],
    ['server', 'unknown', 404],
    ['tool', 'tell_story', 404],
    ['tool', 'notes/unknown', 404],
    ['model', 'third', 404],
    ['chat', 'notes', 404],
    ['account', randomUUID(), 404],
    ['device', 'me', 404],
    ['everything', undefined, 400],
    ['profile', 'x'.repeat(300), 400],
    ['', undefined, 400],
  ])('is not %j %j', async (scope, target, status) => {
    expect((await tryOff(scope, target)).status).toBe(status);
  });

  it('is for administrators with a second factor only', async () => {
    for (const [method, path] of [
      ['GET', '/api/admin/switches'],
      ['POST', '/api/admin/switches'],
      ['DELETE', `/api/admin/switches/${randomUUID()}`],
    ] as const) {
      const body = { scope: 'chat', reason: 'mine' };
      const options = { method, token: user.token, ...(method === 'POST' && { body }) };
      expect((await call(gateway, path, options)).status).toBe(403);
    }
    expect(await answers('everything')).toEqual(all('answered'));
  });
});

/** A model that begins to answer, and goes no further. */
function hangsAfter(text: string): ModelAnswer {
  return (response) => {
    begin(response);
    response.write(chunk({ content: text }));
  };
}

function hangs(): void {
  // Its client ends the connection.
}
