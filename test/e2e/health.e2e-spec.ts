import { aUser, call, say } from './client.ts';
import { DatabaseGate } from './database-gate.ts';
import { freshStorage, query, startGateway } from './gateway.ts';

describe('probes', () => {
  it('tell that it lives and that it can serve, to anybody, without names', async () => {
    const gateway = await startGateway();
    expect((await call(gateway, '/health')).text).toBe('{"status":"ok"}');
    const user = await aUser(gateway);
    await say(gateway, user, 'memory', '/read_graph');
    const ready = await call(gateway, '/health/ready');
    expect(ready.status).toBe(200);
    expect(JSON.parse(ready.text)).toMatchObject({
      status: 'ok',
      details: {
        database: { status: 'up' },
        mcp: { status: 'up', open: 1, failing: 0 },
      },
    });
    expect(ready.text).not.toMatch(/memory|stdio|127\.0\.0\.1/);
  });
});

// Each of them waits for a database in trouble, more than once.
vi.setConfig({ testTimeout: 180_000 });
describe('a client that knows only the address', () => {
  it('is told where to go, without a version, and is counted', async () => {
    const gateway = await startGateway({ environment: { LIMIT_GLOBAL: '2/15m' } });
    const welcome = await call(gateway, '/');
    expect(welcome.data).toEqual({
      name: 'MCP Phone gateway',
      docs: 'docs',
      openapi: 'docs/openapi.json',
      health: 'health',
    });
    for (const path of Object.values(welcome.data).slice(1)) {
      expect((await call(gateway, `/${String(path)}`)).status).toBe(200);
    }
    expect((await call(gateway, '/api/health')).data).toEqual({ status: 'ok' });
    expect((await call(gateway, '/')).status).toBe(429);
  });
});

describe.runIf(process.env.E2E_DATABASE_URL)('a database that goes away', () => {
  it('is reported, fails requests safely, and is used again when it is back', async () => {
    const storage = await freshStorage();
    const url = new URL(storage.DATABASE_URL!);
    const gate = new DatabaseGate(new URL(url));
    url.hostname = '127.0.0.1';
    url.port = String(await gate.open());
    const gateway = await startGateway({
      environment: { ...storage, DATABASE_URL: url.href },
    });
    const user = await aUser(gateway);
    await gate.close();

    const ready = await call(gateway, '/health/ready');
    expect(ready.status).toBe(503);
    expect(ready.text).toContain('"database":{"status":"down"}');
    expect((await call(gateway, '/health')).status).toBe(200);
    const failed = await call(gateway, '/api/chat/conversations', { token: user.token });
    expect([failed.status, failed.body.error?.code]).toEqual([503, 'unavailable']);

    await gate.open(Number(url.port));
    await expect
      .poll(async () => (await call(gateway, '/health/ready')).status, { timeout: 30_000 })
      .toBe(200);
    expect((await say(gateway, user, 'notes', 'back again')).status).toBe(200);
    await gateway.stop();
    await gate.close();
  });

  it('that hangs keeps a request waiting once, whatever it asks, and is used again when it answers', async () => {
    const storage = await freshStorage();
    const url = new URL(storage.DATABASE_URL!);
    const gate = new DatabaseGate(new URL(url));
    url.hostname = '127.0.0.1';
    url.port = String(await gate.open());
    const gateway = await startGateway({
      environment: { ...storage, DATABASE_URL: url.href, DATABASE_POOL_SIZE: '4' },
    });
    const user = await aUser(gateway);
    gate.silence(true);
    // Audited calls want to write that they have failed; unaudited ones have nothing left to do.
    const order: string[] = [];
    const ended = async (name: string) => {
      const { status, body } = await (name === 'audited'
        ? call(gateway, '/api/auth/register', {
            body: { username: 'late', password: `pw ${user.password}` },
          })
        : call(gateway, '/api/chat/conversations', { token: user.token }));
      expect([status, body.error?.code]).toEqual([503, 'unavailable']);
      order.push(name);
    };
    const audited = ended('audited');
    await Promise.all([
      audited,
      ended('first').then(() => ended('second')),
      ...Array.from({ length: 8 }, () => ended('other')),
    ]);
    expect(order.indexOf('audited')).toBeLessThan(order.indexOf('second'));
    expect((await call(gateway, '/health')).status).toBe(200);

    gate.silence(false);
    await expect
      .poll(async () => (await call(gateway, '/health/ready')).status, { timeout: 30_000 })
      .toBe(200);
    for (let turn = 0; turn < 6; turn += 1) {
      expect((await say(gateway, user, 'notes', 'back again')).status).toBe(200);
    }
    await gateway.stop();
    await gate.close();
  });

  it('that ends connections in the middle of what they do loses none of the pool', async () => {
    const gateway = await startGateway({
      environment: { ...(await freshStorage()), DATABASE_POOL_SIZE: '2' },
    });
    const user = await aUser(gateway);
    for (let turn = 0; turn < 8; turn += 1) {
      const said = Array.from({ length: 4 }, () => say(gateway, user, 'notes', 'milk'));
      await query(
        gateway,
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`,
      );
      for (const { status } of await Promise.all(said)) expect([200, 503]).toContain(status);
    }
    await expect.poll(async () => (await say(gateway, user, 'notes', 'milk')).status).toBe(200);
    expect((await call(gateway, '/health/ready')).status).toBe(200);
  });
});
