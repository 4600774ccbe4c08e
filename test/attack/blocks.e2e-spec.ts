import { randomUUID } from 'node:crypto';
import { aUser, call, type CallOptions, type User } from '../e2e/client.ts';
import { runCommand } from '../e2e/command.ts';
import { aSecret, freshStorage, type Gateway, query, startGateway } from '../e2e/gateway.ts';
import { aProfilesDir } from '../e2e/profiles.ts';
import { aSlowProfile, streamOf } from '../e2e/streams.ts';
import { aTotpUser } from './auth/second-factor-user.ts';

/** A block is in force everywhere within this time. Milliseconds. */
const WITHIN_MS = 1_000;

// What a busy machine takes for its own part comes on top.
const LENIENCE_MS = 2_000;

const isScaled = process.env.E2E_DATABASE_URL !== undefined;

interface Block {
  readonly id: string;
  readonly network: string;
  readonly expiresAt: string | null;
}

describe('blocked networks', { timeout: 180_000 }, () => {
  let environment: Record<string, string>;
  let gateways: Gateway[];
  let gateway: Gateway;
  let admin: User;

  beforeAll(async () => {
    environment = {
      ...(await freshStorage()),
      JWT_SECRET: aSecret(),
      PASSWORD_PEPPER: aSecret(),
      PROFILES_DIR: aProfilesDir(aSlowProfile()),
      TRUST_PROXY: 'loopback, 192.0.2.1',
      SHUTDOWN_DRAIN: '1s',
    };
    gateways = await Promise.all(
      Array.from({ length: isScaled ? 2 : 1 }, () => startGateway({ environment })),
    );
    [gateway] = gateways as [Gateway];
    admin = await aTotpUser(gateway);
    await query(gateway, `update accounts set role = 'admin' where id = '${admin.userId}'`);
    // The principal is remembered for a second at most.
    await vi.waitUntil(async () => (await list()).status === 200, { timeout: 20_000 });
  });

  const from = (address: string, to = gateway, path = '/api/health', options: CallOptions = {}) =>
    call(to, path, { ...options, headers: { 'X-Forwarded-For': address, ...options.headers } });
  const list = () =>
    call<{ blocks: Block[] }>(gateway, '/api/admin/blocks', { token: admin.token });
  const block = (network: string, more: object = {}, address = '198.51.100.1') =>
    call<Block>(gateway, '/api/admin/blocks', {
      token: admin.token,
      body: { network, reason: 'a test', ...more },
      headers: { 'X-Forwarded-For': address },
    });
  const unblock = ({ id }: Block) =>
    call(gateway, `/api/admin/blocks/${id.toUpperCase()}`, {
      method: 'DELETE',
      token: admin.token,
    });
  const statuses = (address: string) =>
    Promise.all(gateways.map(async (to) => (await from(address, to)).status));
  const soon = { timeout: WITHIN_MS + LENIENCE_MS };

  it.each([
    ['203.0.113.0/24', '203.0.113.9', '203.0.114.9', '203.0.113.0/24'],
    ['203.0.115.77/24', '203.0.115.1', '203.0.116.1', '203.0.115.0/24'],
    ['203.0.117.7', '::ffff:203.0.117.7', '203.0.117.8', '203.0.117.7/32'],
    ['::ffff:203.0.118.0/120', '203.0.118.5:4711', '203.0.119.5', '203.0.118.0/24'],
    ['2001:DB8:1::/48', '2001:db8:1:ffff::1', '2001:db8:2::1', '2001:db8:1::/48'],
    ['2001:db8:7:8::1', '[2001:db8:7:8:0:0:0:1]:80', '2001:db8:7:8::2', '2001:db8:7:8::1/128'],
  ])('%s: refuses %s, on all instances, and not %s', async (network, inside, outside, stored) => {
    const { status, data } = await block(network);
    expect([status, data.network]).toEqual([201, stored]);
    await expect.poll(() => statuses(inside), soon).toEqual(gateways.map(() => 403));
    expect(await statuses(outside)).toEqual(gateways.map(() => 200));
    expect((await unblock(data)).status).toBe(200);
    await expect.poll(() => statuses(inside), soon).toEqual(gateways.map(() => 200));
  });

  it('refuses whatever is asked, in the envelope, and ends the connection', async () => {
    const { data } = await block('203.0.120.0/24');
    const address = '203.0.120.1';
    await expect.poll(() => statuses(address), soon).toContain(403);
    for (const [path, options] of [
      ['/health', {}],
      ['/api/profiles', { token: admin.token }],
      ['/api/unknown', {}],
      ['/api/auth/login', { body: { username: 'x', password: 'y' } }],
      ['/api/chat', { method: 'POST', headers: { 'Content-Type': 'text/plain' } }],
    ] as const) {
      const refused = await from(address, gateway, path, options);
      expect([refused.status, refused.body.error?.code]).toEqual([403, 'blocked']);
      expect(refused.headers.get('connection')).toBe('close');
    }
    await unblock(data);
  });

  it('ends the streams of a network, and of no other', async () => {
    const user = await aUser(gateway);
    const address = '203.0.121.1';
    const story = '/tell_story length=100000 milliseconds=60000';
    const streams = await Promise.all(
      gateways.flatMap((to) => [
        streamOf(to, user, story, { headers: { 'X-Forwarded-For': address } }),
        streamOf(to, user, story, { headers: { 'X-Forwarded-For': '203.0.122.1' } }),
      ]),
    );
    const { data } = await block(address);
    const ended = await Promise.all(
      streams.filter((_, at) => at % 2 === 0).map((one) => one.ended),
    );
    for (const events of ended) {
      expect(events.parts.at(-1)).toMatchObject({
        type: 'error',
        errorText: 'Calls from your network are refused.',
      });
    }
    for (const other of streams.filter((_, at) => at % 2 === 1)) {
      expect(other.read().types).not.toContain('error');
      other.hangUp();
    }
    await unblock(data);
  });

  it('ends by itself when its time is over', async () => {
    const { data } = await block('203.0.123.1', { seconds: 2 });
    expect(data.expiresAt).not.toBeNull();
    await expect.poll(() => statuses('203.0.123.1'), soon).toEqual(gateways.map(() => 403));
    await expect.poll(() => statuses('203.0.123.1')).toEqual(gateways.map(() => 200));
    expect((await list()).data.blocks.map(({ id }) => id)).not.toContain(data.id);
    expect((await unblock(data)).body.error?.code).toBe('block_not_found');
  });

  it.each([
    ['the own address', '198.51.100.0/24'],
    ['every address', '0.0.0.0/0'],
    ['loopback', '::1'],
    ['a proxy in front', '192.0.2.0/30'],
  ])('cannot hold %s', async (_, network) => {
    expect((await block(network)).body.error?.code).toBe('own_address');
  });

  it.each([
    '203.0.113.0/33',
    '203.0.113.0/024',
    '203.0.113.0/-1',
    '203.0.113.0/24/24',
    '203.0.113',
    '0x7f.1',
    '2001:db8::/129',
    'fe80::1%eth0',
    'localhost',
    '',
    'x'.repeat(65),
  ])('are not %j', async (network) => {
    const refused = await block(network);
    expect([refused.status, refused.body.error?.code]).toEqual([400, 'invalid_input']);
  });

  it('are for administrators with a second factor only', async () => {
    const user = await aUser(gateway);
    for (const [method, path] of [
      ['GET', '/api/admin/blocks'],
      ['POST', '/api/admin/blocks'],
      ['DELETE', `/api/admin/blocks/${randomUUID()}`],
    ] as const) {
      const body = { network: '203.0.124.1', reason: 'mine' };
      const options = { method, token: user.token, ...(method === 'POST' && { body }) };
      expect((await call(gateway, path, options)).status).toBe(403);
    }
    expect(await statuses('203.0.124.1')).not.toContain(403);
  });

  it('are added, shown and removed by commands, recorded, and outlast a restart', async () => {
    const words = ['add', '--network', '203.0.125.9/24', '--reason', 'stuffing', '--for', '2h'];
    const added = await runCommand(gateway, 'blocks', ...words);
    expect(added.stdout).toMatch(
      /^Calls from 203\.0\.125\.0\/24 are refused .* Id: [\da-f-]{36}\n$/,
    );
    const id = added.stdout.trim().split(' ').at(-1)!;
    await expect.poll(() => statuses('203.0.125.1'), soon).toEqual(gateways.map(() => 403));
    const restarted = await startGateway({ environment });
    expect((await from('203.0.125.1', restarted)).status).toBe(403);
    expect((await runCommand(gateway, 'blocks', 'list')).stdout).toMatch(
      new RegExp(`^${id}  203\\.0\\.125\\.0/24 .* stuffing$`, 'm'),
    );
    expect((await runCommand(gateway, 'blocks', 'remove', id)).code).toBe(0);
    await expect.poll(() => statuses('203.0.125.1'), soon).toEqual(gateways.map(() => 200));
    expect(
      await query(
        gateway,
        `select action, outcome from audit_records where object_id = '${id}' order by id`,
      ),
    ).toEqual([
      { action: 'block.added', outcome: 'succeeded' },
      { action: 'block.removed', outcome: 'succeeded' },
    ]);
    for (const wrong of [
      ['add', '--network', 'x', '--reason', 'y'],
      ['add', '--network', '203.0.125.1'],
      ['add', '--network', '203.0.125.1', '--reason', 'y', '--for', 'ever'],
      ['remove', 'x'],
    ]) {
      expect((await runCommand(gateway, 'blocks', ...wrong)).code).toBe(2);
    }
  });
});
