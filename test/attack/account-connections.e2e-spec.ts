import { randomUUID } from 'node:crypto';
import { aUser, call, say, type User } from '../e2e/client.ts';
import { runCommand } from '../e2e/command.ts';
import { type Gateway, linesOf, query, startGateway } from '../e2e/gateway.ts';
import { aProfilesDir } from '../e2e/profiles.ts';
import { anOAuthProfile, connect, connectionOf } from '../oauth/connecting.ts';
import { anOAuthWorld, type OAuthWorld } from '../oauth/oauth-world.ts';
import { aRoleHolder } from './auth/role-holder.ts';
import { forgetProofs } from './auth/second-factor-user.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

interface Listed {
  readonly id: string;
  readonly accountId: string;
  readonly username: string | null;
  readonly profileId: string;
  readonly server: string;
  readonly state: string;
  readonly since: string;
  readonly lastUsedAt: string | null;
}
interface Page {
  readonly connections: readonly Listed[];
  readonly nextCursor: string | null;
}

describe('the connections of users, as administrators see them', () => {
  let world: OAuthWorld;
  let gateway: Gateway;
  let admin: User;
  let people: User[];

  beforeAll(async () => {
    world = await anOAuthWorld();
    const profiles = aProfilesDir({
      'box.json': anOAuthProfile('box', world),
      'shelf.json': anOAuthProfile('shelf', world),
    });
    gateway = await startGateway({
      environment: { PROFILES_DIR: profiles, CONNECTIONS_RETURN_URL: 'org.example.app:/connected' },
    });
    admin = await aRoleHolder(gateway, 'admin');
    people = [await aUser(gateway), await aUser(gateway), await aUser(gateway)];
    for (const [at, profile] of ['box', 'shelf', 'box'].entries()) {
      await connect(gateway, people[at]!, world, profile, `person-${at}`);
    }
  });
  afterAll(() => world?.close());

  const as = <Data = Page>({ token }: Pick<User, 'token'>, path = '', method = 'GET') =>
    call<Data>(gateway, `/api/admin/connections${path}`, { token, method });
  const idOf = async ({ userId }: User) =>
    (await as(admin, `?accountId=${userId}`)).data.connections[0]!.id;
  const revoke = (who: User, id: string, reason = 'The phone was stolen') =>
    as<Listed>(who, `/${id}?reason=${encodeURIComponent(reason)}`, 'DELETE');
  const whoami = (user: User) => say(gateway, user, 'box', '/whoami');

  it('are listed page by page, by account, assistant, server, state and time', async () => {
    const { data: all } = await as(admin);
    expect(all.connections.map(({ accountId, profileId }) => [accountId, profileId])).toEqual([
      [people[2]!.userId, 'box'],
      [people[1]!.userId, 'shelf'],
      [people[0]!.userId, 'box'],
    ]);
    expect(all.connections[0]).toMatchObject({
      username: people[2]!.username,
      server: 'notes',
      state: 'connected',
      lastUsedAt: null,
    });
    const seen: Listed[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { data }: { data: Page } = await as(admin, `?limit=1${cursor && `&cursor=${cursor}`}`);
      seen.push(...data.connections);
      cursor = data.nextCursor;
    }
    expect(seen).toEqual(all.connections);
    const found = async (filter: string) =>
      (await as(admin, `?${filter}`)).data.connections.map(({ accountId }) => accountId);
    const [one, two, three] = people.map(({ userId }) => userId);
    expect(await found('sort=oldest')).toEqual([one, two, three]);
    expect(await found('sort=oldest&limit=2&cursor=' + all.connections[1]!.id)).toEqual([three]);
    expect(await found('profileId=box')).toEqual([three, one]);
    expect(await found('server=notes&state=connected&accountId=' + two)).toEqual([two]);
    expect(await found('server=other')).toEqual([]);
    expect(await found('state=expired')).toEqual([]);
    for (const wrong of ['state=gone', 'sort=name', 'accountId=5', 'server=a%20b', 'limit=1000']) {
      expect((await as(admin, `?${wrong}`)).status).toBe(400);
    }
  });

  it('tell when they were last used, to within an hour', async () => {
    const [user] = people as [User];
    const usedAt = async () =>
      (await as(admin, `?accountId=${user.userId}`)).data.connections[0]!.lastUsedAt;
    const before = Date.now();
    expect((await whoami(user)).data.response).toBe('You are person-0.');
    await expect.poll(usedAt).not.toBeNull();
    const first = await usedAt();
    expect(Date.parse(first!)).toBeGreaterThanOrEqual(before - 1_000);
    expect((await whoami(user)).status).toBe(200);
    expect(await usedAt()).toBe(first);
  });

  it('are shown without any token, to administrators only', async () => {
    const auditor = await aRoleHolder(gateway, 'auditor');
    const id = await idOf(people[1]!);
    for (const other of [people[0]!, auditor]) {
      expect((await as(other)).status).toBe(403);
      expect((await revoke(other, id)).status).toBe(403);
    }
    const stale = await aRoleHolder(gateway, 'admin');
    await forgetProofs(gateway, stale);
    const refusal = async () => (await as(stale)).body.error?.code;
    await expect.poll(refusal, { timeout: 10_000 }).toBe('step_up_required');
    expect((await revoke(stale, id)).body.error?.code).toBe('step_up_required');
    expect((await as(admin, `/${id}`, 'DELETE')).status).toBe(400);
    expect(await idOf(people[1]!)).toBe(id);
    const { text } = await as(admin);
    const listed = await runCommand(gateway, 'connections', 'list', '--json');
    for (const answer of [text, listed.stdout]) {
      expect(answer).toContain(id);
      expect(world.issued.filter((token) => answer.includes(token.slice(0, 20)))).toEqual([]);
      expect(answer).not.toMatch(/sealed|token/i);
    }
  });

  it('are ended for their users and at the service, with a record and a reason', async () => {
    const user = await aUser(gateway);
    await connect(gateway, user, world, 'box', 'kim');
    const refreshToken = world.issued.at(-2)!;
    expect((await whoami(user)).data.response).toBe('You are kim.');
    const id = await idOf(user);
    const answer = await revoke(admin, id);
    expect([answer.status, answer.data]).toMatchObject([200, { id, accountId: user.userId }]);
    expect(await world.isValid(refreshToken)).toBe(false);
    expect(await connectionOf(gateway, user, 'box')).toMatchObject({ state: 'not_connected' });
    expect((await whoami(user)).data).toMatchObject({ status: 'waiting_for_input' });
    expect((await revoke(admin, id)).body.error?.code).toBe('connection_not_found');
    expect((await revoke(admin, randomUUID())).status).toBe(404);
    const records = await query(
      gateway,
      `select actor_id, object_type, object_id from audit_records
       where action = 'connection.revoked' and outcome = 'succeeded'`,
    );
    expect(records).toEqual([
      { actor_id: admin.userId, object_type: 'account', object_id: user.userId },
    ]);
    const lines = await linesOf(gateway, answer.headers);
    const line = lines.find((one) => one.includes('oauth.connection.revoked'));
    expect(line).toContain(`"userId":"${user.userId}"`);
    expect(line).toContain('The phone was stolen');
  });

  it('are listed and ended by commands, and revoked at the service by the gateway', async () => {
    const [, , user] = people as [User, User, User];
    const listed = await runCommand(
      gateway,
      'connections',
      'list',
      '--user',
      user.username,
      '--json',
    );
    const [one] = (JSON.parse(listed.stdout) as Page).connections;
    expect(one).toMatchObject({ accountId: user.userId, profileId: 'box', state: 'connected' });
    const words = ['connections', 'revoke', one!.id, '--reason', 'Not needed any more'];
    const ended = await runCommand(gateway, ...words, '--json');
    expect([ended.code, JSON.parse(ended.stdout)]).toMatchObject([0, { id: one!.id }]);
    expect(await connectionOf(gateway, user, 'box')).toMatchObject({ state: 'not_connected' });
    const pending = await query(
      gateway,
      `select id from pending_revocations where id = '${one!.id}'`,
    );
    expect(pending).toHaveLength(1);
    const again = await runCommand(gateway, ...words, '--json');
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringContaining('"connection_not_found"'),
    ]);
  });
});
