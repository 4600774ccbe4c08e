import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { call } from '../e2e/client.ts';
import { type Gateway, startGateway } from '../e2e/gateway.ts';

const CONNECTIONS = 300;

/** Answers to the flood within the wait of another client. There are 300 requests ahead of it at any time. */
const MOST_AHEAD = 200;

const REQUEST = 'GET /api/profiles HTTP/1.1\r\nHost: x\r\n\r\n';

describe('a client that sends on many connections without a pause', () => {
  let gateway: Gateway;
  let answers = 0;
  const sockets: Socket[] = [];
  beforeAll(async () => {
    gateway = await startGateway();
    const port = Number(new URL(gateway.url).port);
    for (let n = 0; n < CONNECTIONS; n += 1) {
      const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
      sockets.push(socket.on('error', () => undefined));
      socket.on('data', (bytes: Buffer) => {
        if (!bytes.includes('HTTP/1.1 ')) return;
        answers += 1;
        socket.write(REQUEST);
      });
      await once(socket, 'connect');
    }
    for (const socket of sockets) socket.write(REQUEST);
  });
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
  });

  it('waits for itself: another client does not wait for its requests', async () => {
    await expect.poll(() => answers).toBeGreaterThan(CONNECTIONS);
    const ahead: number[] = [];
    for (let n = 0; n < 20; n += 1) {
      const before = answers;
      expect((await call(gateway, '/health')).status).toBe(200);
      ahead.push(answers - before);
    }
    expect(ahead.toSorted((a, b) => a - b).at(-3)).toBeLessThan(MOST_AHEAD);
  });
});

/** How many requests arrive at the same time: as many as one connection may have in the works. */
const AT_ONCE = 8;

describe('requests that arrive together', () => {
  it('are logged each with its own id', async () => {
    const gateway = await startGateway({ environment: { LIMIT_API: '1/1h' } });
    const socket = connect({ port: Number(new URL(gateway.url).port), host: '127.0.0.1' });
    let answered = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answered += text));
    socket.write(REQUEST.repeat(AT_ONCE));
    const ids = () => [...answered.matchAll(/x-request-id: (\S+)/gi)].map(([, id]) => id);
    await expect.poll(() => ids().length).toBe(AT_ONCE);
    socket.destroy();
    const [, ...refused] = ids();
    const logged = () =>
      gateway
        .log()
        .split('\n')
        .filter((line) => line.includes('"request.limited"'))
        .map((line) => (JSON.parse(line) as { requestId: string }).requestId);
    await expect.poll(logged).toEqual(refused);
  });
});
