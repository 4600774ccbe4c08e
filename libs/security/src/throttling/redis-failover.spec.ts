import { Logger } from '@nestjs/common';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { RedisThrottlerStorage } from './redis-throttler.storage.js';

/** A Redis that this test may stop: only where Redis is installed. */
const machines = process.env.TEST_REDIS_URL ? [{ name: 'Redis' }] : [];

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanups.splice(0).reverse()) await cleanUp();
});

interface Node {
  readonly port: number;
  readonly process: ChildProcess;
  tell(...words: [string, ...string[]]): Promise<unknown>;
}

async function aRedis(port?: number): Promise<Node> {
  const own = port ?? (await freePort());
  const options = ['--port', String(own), '--save', '', '--bind', '127.0.0.1', '--dir', '/tmp'];
  const process = spawn('redis-server', options, { stdio: 'ignore' });
  const admin = new Redis(own, { retryStrategy: () => 50, maxRetriesPerRequest: null });
  admin.on('error', () => undefined);
  cleanups.push(
    () => admin.disconnect(),
    () => process.kill('SIGKILL'),
  );
  await admin.ping();
  return { port: own, process, tell: (...words) => admin.call(...words) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** A name that leads to one server or another. Who is connected stays where it is. */
async function aName(target: Node) {
  let port = target.port;
  const open = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => undefined).on('close', () => (near.destroy(), far.destroy()));
    }
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(
    () => void server.close(),
    () => open.forEach((socket) => socket.destroy()),
  );
  const url = `redis://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, leadTo: (other: Node) => void (port = other.port) };
}

async function counters(url: string): Promise<RedisThrottlerStorage> {
  const storage = new RedisThrottlerStorage(url);
  cleanups.push(() => storage.onApplicationShutdown());
  await storage.connect();
  return storage;
}

const becomes = (storage: RedisThrottlerStorage, isUp: boolean) =>
  expect.poll(() => storage.isUp(), { timeout: 30_000, interval: 100 }).toBe(isUp);

const countedByBoth = async (one: RedisThrottlerStorage, other: RedisThrottlerStorage) => {
  const first = await one.increment('both', 60_000, 10);
  const second = await other.increment('both', 60_000, 10);
  return second.isShared ? second.totalHits - first.totalHits : 'alone';
};

describe.each(machines)('counters on $name', () => {
  it(
    'move to the new primary after a failover, and say so meanwhile',
    { timeout: 120_000 },
    async () => {
      const [old, fresh] = [await aRedis(), await aRedis()];
      await fresh.tell('REPLICAOF', '127.0.0.1', String(old.port));
      const name = await aName(old);
      const storages = [await counters(name.url), await counters(name.url)] as const;
      expect(await countedByBoth(...storages)).toBe(1);

      await fresh.tell('REPLICAOF', 'NO', 'ONE');
      await old.tell('REPLICAOF', '127.0.0.1', String(fresh.port));
      for (const storage of storages) await becomes(storage, false);
      // A replica answers what only reads; it is not the one that counts.
      await storages[0].peek('both', 60_000, 10);
      expect((await storages[0].peek('both', 60_000, 10)).isShared).toBe(false);

      name.leadTo(fresh);
      for (const storage of storages) await becomes(storage, true);
      expect(await countedByBoth(...storages)).toBe(1);
    },
  );

  it('leave one that hangs, and find the next', { timeout: 120_000 }, async () => {
    const [old, fresh] = [await aRedis(), await aRedis()];
    const name = await aName(old);
    const storage = await counters(name.url);
    await becomes(storage, true);
    old.process.kill('SIGSTOP');
    name.leadTo(fresh);
    await becomes(storage, false);
    await becomes(storage, true);
    expect((await storage.increment('after', 60_000, 1)).isShared).toBe(true);
  });

  it(
    'come back to one that was killed, is full, or has lost its replicas',
    { timeout: 120_000 },
    async () => {
      const first = await aRedis();
      const storage = await counters(`redis://:secret@127.0.0.1:${first.port}`);
      await becomes(storage, true);
      await first.tell('CONFIG', 'SET', 'maxmemory', '1');
      await becomes(storage, false);
      await first.tell('CONFIG', 'SET', 'maxmemory', '0');
      await becomes(storage, true);
      first.process.kill('SIGKILL');
      await becomes(storage, false);
      const second = await aRedis(first.port);
      await becomes(storage, true);
      await second.tell('CONFIG', 'SET', 'min-replicas-to-write', '1');
      await becomes(storage, false);
      await second.tell('CONFIG', 'SET', 'min-replicas-to-write', '0');
      await becomes(storage, true);
      expect((await storage.increment('after', 60_000, 1)).isShared).toBe(true);
    },
  );
});

describe('counters without Redis', () => {
  it('say so once the log is there, with the reason', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    cleanups.push(() => warn.mockRestore());
    const storage = await counters(`redis://127.0.0.1:${await freePort()}`);
    expect(warn).not.toHaveBeenCalled();
    storage.onApplicationBootstrap();
    await storage.isUp();
    const err: unknown = expect.objectContaining({ code: 'ECONNREFUSED' });
    expect(warn.mock.calls).toEqual([[{ event: 'redis.away', err }]]);
  });

  it('count alone, and say so', async () => {
    const storage = await counters(`redis://127.0.0.1:${await freePort()}`);
    expect(await storage.isUp()).toBe(false);
    expect(await storage.increment('alone', 60_000, 1)).toMatchObject({ isShared: false });
    expect(await storage.increment('alone', 60_000, 1)).toMatchObject({ isBlocked: true });
  });
});
