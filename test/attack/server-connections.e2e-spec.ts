import type { ServerResponse } from 'node:http';
import { aUser, call, say, type User } from '../e2e/client.ts';
import { freshStorage, type Gateway, query, startGateway } from '../e2e/gateway.ts';
import { aProfilesDir } from '../e2e/profiles.ts';
import {
  anOAuthProfile,
  authorizeUrl,
  confirm,
  connect,
  connectionOf,
  returned,
} from '../oauth/connecting.ts';
import { anOAuthWorld, type OAuthWorld, type WorldOptions } from '../oauth/oauth-world.ts';

const APP = 'org.example.app:/connected';

/** Authorization servers and MCP servers that are not what they should be, by the assistant that uses them. */
const ODD_WORLDS: Readonly<Record<string, [WorldOptions, string, object?]>> = {
  'another-issuer': [
    {},
    'another authorization server than the profile',
    { clientId: 'operator', issuer: 'https://auth.example' },
  ],
  'another-resource': [
    { resourceMetadata: { resource: 'https://another.example/mcp' } },
    'another resource',
  ],
  inside: [
    { resourceMetadata: { authorization_servers: ['https://169.254.169.254/'] } },
    'linkLocal',
  ],
  plain: [
    { resourceMetadata: { authorization_servers: ['http://auth.example/'] } },
    'https is needed',
  ],
  'without-pkce': [{}, 'PKCE'],
};

describe('connecting a server under attack', () => {
  let world: OAuthWorld;
  let gateway: Gateway;
  let odd: Map<string, OAuthWorld>;
  let environment: Record<string, string>;

  beforeAll(async () => {
    world = await anOAuthWorld();
    odd = new Map(
      await Promise.all(
        Object.entries(ODD_WORLDS).map(
          async ([id, [options]]) => [id, await anOAuthWorld(options)] as const,
        ),
      ),
    );
    const { issuer } = odd.get('without-pkce')!;
    odd.get('without-pkce')!.interceptor = ({ url }, response) => {
      const [authorization_endpoint, token_endpoint] = [`${issuer}/auth`, `${issuer}/token`];
      const metadata = { issuer, authorization_endpoint, token_endpoint };
      response.end(JSON.stringify({ ...metadata, response_types_supported: ['code'] }));
      return url !== undefined;
    };
    const files = Object.fromEntries(
      [['box', world] as const, ['limited', world] as const, ...odd].map(([id, at]) => [
        `${id}.json`,
        anOAuthProfile(id, at, id === 'limited' ? { scopes: ['notes:read'] } : ODD_WORLDS[id]?.[2]),
      ]),
    );
    environment = {
      ...(await freshStorage()),
      PROFILES_DIR: aProfilesDir(files),
      CONNECTIONS_RETURN_URL: APP,
    };
    gateway = await startGateway({ environment });
  });
  afterAll(() => [world, ...odd.values()].forEach((one) => one?.close()));
  afterEach(() => {
    world.interceptor = undefined;
    world.serverInterceptor = undefined;
    world.tokenSeconds = 3600;
  });

  /** A person who is back from the authorization server: what their browser is sent to. */
  const aReturn = async (user: User, login: string) => {
    const { connectionId } = await connectionOf(gateway, user, 'box');
    const back = await world.allow(await authorizeUrl(gateway, user, connectionId), login);
    return { connectionId, back };
  };
  /** As which client the person is sent there. */
  const clientOf = async (user: User, connectionId: string) =>
    new URL(await authorizeUrl(gateway, user, connectionId)).searchParams.get('client_id');
  const codeIn = (app: URL) => app.searchParams.get('code')!;
  const redeemed = () =>
    world.tokenRequests.filter(({ grantType }) => grantType === 'authorization_code').length;
  const refreshed = () =>
    world.tokenRequests.filter(({ grantType }) => grantType === 'refresh_token').length;
  const whoami = (user: User, at = gateway) => say(at, user, 'box', '/whoami');

  it('refuses an answer of another authorization server (mix-up), and redeems nothing', async () => {
    const user = await aUser(gateway);
    const { back, connectionId } = await aReturn(user, 'ada');
    const before = redeemed();
    back.searchParams.set('iss', 'https://attacker.example');
    expect((await returned(back)).href).toBe(`${APP}?error=failed&connection=${connectionId}`);
    back.searchParams.delete('iss');
    expect((await returned(back)).searchParams.get('error')).toBe('expired');
    expect(redeemed()).toBe(before);
  });

  it('refuses an answer without the issuer, where the server says that it sends it', async () => {
    const { back } = await aReturn(await aUser(gateway), 'ada');
    back.searchParams.delete('iss');
    expect((await returned(back)).searchParams.get('error')).toBe('failed');
  });

  it('takes a state once, and none that was made up', async () => {
    const user = await aUser(gateway);
    const { back, connectionId } = await aReturn(user, 'bob');
    const apps = await Promise.all(Array.from({ length: 10 }, () => returned(back)));
    const codes = apps.map(codeIn).filter((code) => code !== null);
    expect(codes).toHaveLength(1);
    const made = new URL(back);
    made.searchParams.set('state', 'x'.repeat(43));
    expect((await returned(made)).href).toBe(`${APP}?error=expired`);
    expect((await confirm(gateway, user, connectionId, codes[0]!)).status).toBe(200);
  });

  it('gives an attacker nothing of the person who has followed their address', async () => {
    const [attacker, person] = [await aUser(gateway), await aUser(gateway)];
    // The attacker begins; the person allows it in their browser, and their app is opened.
    const { back, connectionId } = await aReturn(attacker, 'victim');
    const before = redeemed();
    const code = codeIn(await returned(back));
    const confirmed = await confirm(gateway, person, connectionId, code);
    expect([confirmed.status, confirmed.body.error!.code]).toEqual([
      400,
      'connection_code_invalid',
    ]);
    expect(await connectionOf(gateway, attacker, 'box')).toMatchObject({ state: 'not_connected' });
    expect(await connectionOf(gateway, person, 'box')).toMatchObject({ state: 'not_connected' });
    expect(redeemed()).toBe(before);
  });

  it('ends an attempt after five wrong codes', async () => {
    const user = await aUser(gateway);
    const { back, connectionId } = await aReturn(user, 'cid');
    const code = codeIn(await returned(back));
    for (let n = 0; n < 5; n += 1) {
      expect((await confirm(gateway, user, connectionId, '22222-22222')).status).toBe(400);
    }
    expect((await confirm(gateway, user, connectionId, code)).status).toBe(400);
  });

  it('redeems a code once, however often the app confirms', async () => {
    const user = await aUser(gateway);
    const { back, connectionId } = await aReturn(user, 'dan');
    const code = codeIn(await returned(back));
    const before = redeemed();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => confirm(gateway, user, connectionId, code)),
    );
    answers.push(await confirm(gateway, user, connectionId, code));
    expect(answers.map(({ status, data }) => [status, data.state])).toEqual(
      answers.map(() => [200, 'connected']),
    );
    expect(redeemed()).toBe(before + 1);
  });

  it.each(Object.entries(ODD_WORLDS))('refuses to begin: %s', async (id, [, reason]) => {
    const user = await aUser(gateway);
    const { connectionId } = await connectionOf(gateway, user, id);
    const answer = await call(gateway, `/api/connections/${connectionId}/authorize`, {
      method: 'POST',
      token: user.token,
    });
    expect([answer.status, answer.body.error!.code]).toEqual([502, 'connection_unavailable']);
    await expect.poll(() => linesAbout(gateway, 'oauth.failed', id)).toContain(reason);
  });

  it.each<[string, (response: ServerResponse) => unknown]>([
    ['a page', (response) => response.setHeader('content-type', 'text/html').end('<p>Hello</p>')],
    [
      'another place',
      (response) => response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end(),
    ],
    ['what is no token', (response) => response.end('{"access_token":1}')],
    [
      'another kind of token',
      (response) => response.end('{"access_token":"a-token-of-a-test","token_type":"mac"}'),
    ],
  ])('connects nothing where the token endpoint answers with %s', async (_, answer) => {
    const user = await aUser(gateway);
    const { back, connectionId } = await aReturn(user, 'eva');
    const code = codeIn(await returned(back));
    world.interceptor = ({ url }, response) => url === '/token' && (answer(response), true);
    expect((await confirm(gateway, user, connectionId, code)).status).toBe(502);
    expect(await connectionOf(gateway, user, 'box')).toMatchObject({ state: 'not_connected' });
  });

  it('keeps the client of all where one person makes up a code', async () => {
    const user = await aUser(gateway);
    const { back, connectionId } = await aReturn(user, 'abe');
    const clientId = await clientOf(user, connectionId);
    const again = await aReturn(user, 'abe');
    again.back.searchParams.set('code', 'made-up');
    const code = codeIn(await returned(again.back));
    expect((await confirm(gateway, user, connectionId, code)).status).toBe(502);
    expect(await clientOf(user, connectionId)).toBe(clientId);
    expect((await returned(back)).searchParams.get('error')).toBe('expired');
  });

  it('registers one client for all people who are the first ones at once', async () => {
    const people = await Promise.all(Array.from({ length: 6 }, () => aUser(gateway)));
    const { connectionId } = await connectionOf(gateway, people[0]!, 'box');
    await query(gateway, 'delete from oauth_clients');
    let registrations = 0;
    world.interceptor = ({ url }) => {
      if (url === '/reg') registrations += 1;
      return false;
    };
    const clients = await Promise.all(people.map((user) => clientOf(user, connectionId)));
    expect([registrations, new Set(clients).size]).toEqual([1, 1]);
  });

  it('registers another client where a renewal says that the first one is forgotten', async () => {
    const user = await aUser(gateway);
    const { connectionId } = await connect(gateway, user, world, 'box', 'ben');
    const clientId = await clientOf(user, connectionId);
    await overdue(gateway, user);
    world.interceptor = ({ url }, response) => {
      if (url !== '/token') return false;
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end('{"error":"invalid_client"}');
      return true;
    };
    expect((await whoami(user)).data).toMatchObject({ status: 'waiting_for_input' });
    world.interceptor = undefined;
    expect(await clientOf(user, connectionId)).not.toBe(clientId);
    await connect(gateway, user, world, 'box', 'ben');
    expect((await whoami(user)).data.response).toBe('You are ben.');
  });

  it('registers another client where an old one brings a person back no more', async () => {
    const user = await aUser(gateway);
    const { connectionId } = await connectionOf(gateway, user, 'box');
    const clientId = await clientOf(user, connectionId);
    expect(await clientOf(user, connectionId)).toBe(clientId);
    await query(gateway, `update oauth_clients set created_at = ${past(gateway)}`);
    expect(await clientOf(user, connectionId)).not.toBe(clientId);
  });

  it('does not ask the person again when tokens end, call after call', async () => {
    world.tokenSeconds = 2;
    const user = await aUser(gateway);
    await connect(gateway, user, world, 'box', 'fox');
    const before = refreshed();
    let calls = 0;
    await expect
      .poll(async () => {
        expect((await whoami(user)).data.response).toBe('You are fox.');
        calls += 1;
        return refreshed() - before >= 3 && calls >= 10;
      })
      .toBe(true);
  });

  it('renews a token once for all calls that need it', async () => {
    world.tokenSeconds = 1;
    const user = await aUser(gateway);
    await connect(gateway, user, world, 'box', 'gus');
    world.tokenSeconds = 3600;
    await overdue(gateway, user);
    const before = refreshed();
    const answers = await Promise.all(Array.from({ length: 8 }, () => whoami(user)));
    expect(answers.map(({ data }) => data.response)).toEqual(answers.map(() => 'You are gus.'));
    expect(refreshed() - before).toBe(1);
  });

  it('goes on after a renewal that its process did not survive', async () => {
    const before = await startGateway({ environment });
    const user = await aUser(before);
    await connect(before, user, world, 'box', 'hob');
    await overdue(before, user);
    let isHeld = false;
    world.interceptor = ({ url }) => (isHeld ||= url === '/token');
    void whoami(user, before).catch(() => undefined);
    await expect.poll(() => isHeld).toBe(true);
    await before.kill('SIGKILL');
    world.interceptor = undefined;
    // As if the lease of the process had run out.
    await query(before, `update server_connections set lease_until = ${past(before)}`);
    expect((await whoami(user)).data.response).toBe('You are hob.');
  });

  it('tells the person what a server has ended', async () => {
    const user = await aUser(gateway);
    await connect(gateway, user, world, 'box', 'ida');
    await world.revoke('ida');
    await overdue(gateway, user);
    expect((await whoami(user)).data).toMatchObject({ status: 'waiting_for_input' });
    expect(await connectionOf(gateway, user, 'box')).toMatchObject({ state: 'expired' });
    await connect(gateway, user, world, 'box', 'ida');
    expect((await whoami(user)).data.response).toBe('You are ida.');
  });

  it('has the person connect again where tokens and clients are sealed under another pepper', async () => {
    const user = await aUser(gateway);
    await connect(gateway, user, world, 'box', 'ken');
    await query(
      gateway,
      `update server_connections set sealed_grant = 'v1.x' where account_id = '${user.userId}'`,
    );
    await query(gateway, `update oauth_clients set sealed_client = 'v1.x'`);
    expect((await whoami(user)).data).toMatchObject({ status: 'waiting_for_input' });
    expect(await connectionOf(gateway, user, 'box')).toMatchObject({ state: 'expired' });
    await connect(gateway, user, world, 'box', 'ken');
    expect((await whoami(user)).data.response).toBe('You are ken.');
  });

  it('renews a token that its server refuses before it ends, and once', async () => {
    const user = await aUser(gateway);
    await connect(gateway, user, world, 'box', 'joe');
    const old = world.issued.at(-1)!;
    world.serverInterceptor = ({ headers }, response) => {
      if (headers.authorization !== `Bearer ${old}`) return false;
      response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end();
      return true;
    };
    const before = refreshed();
    expect((await whoami(user)).data.response).toBe('You are joe.');
    expect(refreshed() - before).toBe(1);
  });

  it('keeps a token out of the log that its server repeats', async () => {
    const user = await aUser(gateway);
    await connect(gateway, user, world, 'box', 'kit');
    world.serverInterceptor = ({ headers }, response) => {
      // What the log quotes ends in the middle of the token.
      response.writeHead(500).end(`${'You sent '.repeat(16)}${headers.authorization}`);
      return true;
    };
    expect((await whoami(user)).status).toBe(502);
    await expect.poll(() => linesAbout(gateway, 'mcp.', 'box')).toContain('You sent');
    const log = gateway.log();
    expect(world.issued.filter((token) => log.includes(token.slice(0, 20)))).toEqual([]);
  });

  it('keeps no token in the database that can be read there', async () => {
    const user = await aUser(gateway);
    await connect(gateway, user, world, 'box', 'nia');
    const rows = await Promise.all(
      ['server_connections', 'connection_attempts', 'oauth_clients', 'pending_revocations'].map(
        (table) => query(gateway, `select * from ${table}`),
      ),
    );
    const text = JSON.stringify(rows);
    expect(text).toContain(user.userId);
    expect(world.issued.filter((token) => text.includes(token.slice(0, 20)))).toEqual([]);
  });

  it('ends what is replaced at its authorization server, where that does not end the new one', async () => {
    const user = await aUser(gateway);
    await connect(gateway, user, world, 'box', 'ola');
    const refreshToken = world.issued.at(-2)!;
    await query(gateway, 'delete from oauth_clients');
    await connect(gateway, user, world, 'box', 'pia');
    expect(await world.isValid(refreshToken)).toBe(false);
    expect((await whoami(user)).data.response).toBe('You are pia.');
  });

  it('does not ask a person for more than the profile limits, whatever the server wants', async () => {
    const user = await aUser(gateway);
    await connect(gateway, user, world, 'limited', 'lou');
    world.neededScope = 'admin:everything';
    try {
      const answer = await say(gateway, user, 'limited', '/whoami');
      expect(answer.status).toBe(502);
      expect(await connectionOf(gateway, user, 'limited')).toMatchObject({ state: 'connected' });
    } finally {
      world.neededScope = 'notes:read';
    }
  });

  it('ends a connection that no assistant uses any more, and shows one that fits no more', async () => {
    const user = await aUser(gateway);
    const { connectionId } = await connect(gateway, user, world, 'box', 'moe');
    const refreshToken = world.issued.at(-2)!;
    const { userId, token } = user;
    const change = (values: string) =>
      query(gateway, `update server_connections set ${values} where account_id = '${userId}'`);
    await change(`resource = 'https://elsewhere.example/'`);
    expect(await connectionOf(gateway, user, 'box')).toMatchObject({
      connectionId,
      state: 'expired',
    });
    // Its token is not sent there either.
    expect((await whoami(user)).data).toMatchObject({ status: 'waiting_for_input' });
    const removed = 'r'.repeat(22);
    await change(`server = '${removed}'`);
    const remove = () => call(gateway, `/api/connections/${removed}`, { method: 'DELETE', token });
    expect((await remove()).status).toBe(200);
    expect(await world.isValid(refreshToken)).toBe(false);
    expect((await remove()).status).toBe(404);
  });

  it('has no token renewed for a disabled account', async () => {
    const user = await aUser(gateway);
    await connect(gateway, user, world, 'box', 'lea');
    await overdue(gateway, user);
    const before = refreshed();
    const disable = (moment: string) =>
      query(gateway, `update accounts set disabled_at = ${moment} where id = '${user.userId}'`);
    // The session is known for a second.
    await disable(past(gateway));
    expect((await whoami(user)).status).not.toBe(200);
    expect(refreshed()).toBe(before);
  });

  it('shows a code instead of opening an app, on a page that runs nothing', async () => {
    const { CONNECTIONS_RETURN_URL: _, ...others } = environment;
    const plain = await startGateway({ environment: { ...others, ...(await freshStorage()) } });
    const user = await aUser(plain);
    const { connectionId } = await connectionOf(plain, user, 'box');
    const back = await world.allow(await authorizeUrl(plain, user, connectionId), 'mia');
    const page = await fetch(back);
    const text = await page.text();
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    const [, code] = /<strong>([^<]+)</.exec(text)!;
    expect((await confirm(plain, user, connectionId, code!)).data.state).toBe('connected');
    expect(await (await fetch(back)).text()).toContain('Not connected');
  });
});

function linesAbout(gateway: Gateway, event: string, profileId: string): string {
  const lines = gateway.log().split('\n');
  return lines
    .filter(
      (line) => line.includes(`"event":"${event}`) && line.includes(`"profileId":"${profileId}"`),
    )
    .join('\n');
}

const past = ({ environment }: Gateway) =>
  environment.DATABASE_URL ? `'2026-01-01T00:00:00Z'` : '1';

/** Has the token of the person ended. */
async function overdue(gateway: Gateway, { userId }: User): Promise<void> {
  const moment = past(gateway);
  await query(
    gateway,
    `update server_connections set renew_at = ${moment}, expires_at = ${moment} where account_id = '${userId}'`,
  );
}

// Several instances share a PostgreSQL; SQLite is for one.
describe.runIf(process.env.E2E_DATABASE_URL !== undefined)('two instances', () => {
  it('use a refresh token once', async () => {
    const world = await anOAuthWorld();
    const environment = {
      ...(await freshStorage()),
      PROFILES_DIR: aProfilesDir({ 'box.json': anOAuthProfile('box', world) }),
      CONNECTIONS_RETURN_URL: APP,
    };
    const one = await startGateway({ environment });
    const other = await startGateway({ environment });
    const user = await aUser(one);
    await connect(one, user, world, 'box', 'ned');
    for (let round = 1; round <= 3; round += 1) {
      await overdue(one, user);
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, n) => say(n % 2 ? one : other, user, 'box', '/whoami')),
      );
      expect(answers.map(({ data }) => data.response)).toEqual(answers.map(() => 'You are ned.'));
      const refreshes = world.tokenRequests.filter((it) => it.grantType === 'refresh_token');
      expect(refreshes).toEqual(
        Array.from({ length: round }, () => ({ grantType: 'refresh_token', isMet: true })),
      );
    }
    world.close();
  });
});
