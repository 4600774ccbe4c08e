import { type AddressInfo, createServer, connect, type Server, type Socket } from 'node:net';
import { aUser, call, say } from './client.ts';
import { freshStorage, startGateway } from './gateway.ts';

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

/** A way to the database that can be closed and opened again. */
class Gate {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  constructor(private readonly target: URL) {}

  async open(port = 0): Promise<number> {
    this.server = createServer((client) => {
      const upstream = connect(Number(this.target.port || 5432), this.target.hostname);
      for (const socket of [client, upstream]) {
        this.sockets.add(socket);
        socket.on('error', () => socket.destroy());
      }
      client.pipe(upstream).pipe(client);
    });
    await new Promise<void>((done) => this.server!.listen(port, '127.0.0.1', done));
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
    await new Promise((done) => this.server!.close(done));
  }
}

describe.runIf(process.env.E2E_DATABASE_URL)('a database that goes away', () => {
  it('is reported, fails requests safely, and is used again when it is back', async () => {
    const storage = await freshStorage();
    const url = new URL(storage.DATABASE_URL!);
    const gate = new Gate(new URL(url));
    url.hostname = '127.0.0.1';
    url.port = String(await gate.open());
    const gateway = await startGateway({
      asProcess: true,
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
      .poll(async () => (await call(gateway, '/health/ready')).status, { timeout: 10_000 })
      .toBe(200);
    expect((await say(gateway, user, 'notes', 'back again')).status).toBe(200);
    await gateway.stop();
    await gate.close();
  });
});
