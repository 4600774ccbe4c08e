import { fastify, type FastifyInstance } from 'fastify';
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import type { HttpConfig } from '../http/http.config.js';
import { serverOptions } from '../http/server-options.js';
import { ServerConnections } from './server-connections.js';
import { MAX_UNREAD_BYTES, UnreadAnswers } from './unread-answers.js';

/** Longer than what the buffers of the system take of it. Bytes; one client may hold one of them. */
const LONG_ANSWER = 12 * 1024 * 1024;
const GET_LONG = 'GET /long HTTP/1.1\r\nHost: x\r\n\r\n';

describe('the connections of a server', () => {
  let now: number;
  let unread: UnreadAnswers;
  let connections: ServerConnections;
  let server: FastifyInstance;
  let clients: Socket[];

  async function serve(bounds = { mostInAll: 1_000, mostPerAddress: 1_000 }, isProxy = false) {
    connections = new ServerConnections(bounds, () => isProxy, unread);
    const http = { host: '', port: 0, trustProxy: false, publicUrl: undefined, tls: undefined };
    const options = serverOptions(http as HttpConfig, { keepAlive: 65_000 }, connections);
    server = fastify(options) as unknown as FastifyInstance;
    connections.boundRequests(server);
    server.get('/long', () => 'x'.repeat(LONG_ANSWER));
    server.get('/short', () => 'short');
    await server.listen({ port: 0, host: '127.0.0.1' });
  }

  /** A client that sends, and reads nothing of what comes back. */
  async function client(text: string): Promise<Socket> {
    const { port } = server.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    clients.push(socket);
    await once(socket, 'connect');
    socket.pause().write(text);
    return socket;
  }

  /** Whether the gateway has closed it: a paused socket does not notice by itself. */
  const isCut = (socket: Socket) => {
    socket.resume();
    return vi.waitFor(() => expect(socket.closed).toBe(true), { timeout: 10_000 });
  };
  const read = async (path: string) => {
    const { port } = server.server.address() as AddressInfo;
    return (await fetch(`http://127.0.0.1:${port}${path}`)).text();
  };

  beforeEach(() => {
    now = 0;
    clients = [];
    unread = new UnreadAnswers(() => now);
  });
  afterEach(async () => {
    for (const socket of clients) socket.destroy();
    connections.destroyAll();
    await server.close();
  });

  it('are cut off when their client reads nothing of its answer', async () => {
    await serve();
    const socket = await client(GET_LONG);
    await expect.poll(() => unread.bytes).toBeGreaterThan(0);
    await settled();
    unread.cutStalled();
    now += 16_000;
    unread.cutStalled();
    await isCut(socket);
    await expect.poll(() => [unread.bytes, connections.size]).toEqual([0, 0]);
  });

  it('are kept as long as some of it is read', async () => {
    await serve();
    const socket = await client(GET_LONG);
    await expect.poll(() => unread.bytes).toBeGreaterThan(0);
    for (let n = 0; n < 2; n += 1) {
      unread.cutStalled();
      now += 10_000;
      const before = unread.bytes;
      expect(before).toBeGreaterThan(0);
      // Piece by piece, and no more than has the gateway send again: the system would take all that is left.
      while (unread.bytes >= before) {
        socket.read();
        await new Promise((done) => setImmediate(done));
      }
      unread.cutStalled();
    }
    expect(socket.destroyed).toBe(false);
    expect(connections.size).toBe(1);
  });

  it('get a long answer whole', async () => {
    await serve();
    expect((await read('/long')).length).toBe(LONG_ANSWER);
    expect(unread.bytes).toBe(0);
  });

  it('of one client hold no more than its share, however many there are', async () => {
    await serve();
    const sockets = [];
    for (let n = 0; n < 30; n += 1) {
      sockets.push(await client(GET_LONG));
      expect(unread.bytes).toBeLessThanOrEqual(MAX_UNREAD_BYTES.perClient + LONG_ANSWER);
    }
    await expect.poll(() => connections.size).toBeLessThan(10);
    expect(unread.bytes).toBeLessThanOrEqual(MAX_UNREAD_BYTES.perClient + LONG_ANSWER);
    expect(await read('/short')).toBe('short');
    // The latest is served: those that have read nothing for longest gave way.
    expect(sockets.at(-1)!.destroyed).toBe(false);
  });

  it('are cut off when they send request after request without reading', async () => {
    await serve();
    const socket = await client(GET_LONG.repeat(50));
    await isCut(socket);
    await expect.poll(() => unread.bytes).toBe(0);
    const short = await client('GET /short HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(3));
    let text = '';
    short.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    short.resume();
    await expect.poll(() => text.split('HTTP/1.1 200').length).toBe(4);
  });

  it('are bounded in all', async () => {
    await serve({ mostInAll: 5, mostPerAddress: 100 });
    for (let n = 0; n < 12; n += 1) await client('');
    await expect.poll(() => connections.size).toBe(5);
    await isCut(clients[11]!);
    clients[0]!.destroy();
    await expect.poll(() => connections.size).toBe(4);
    expect(await read('/short')).toBe('short');
  });

  it('are bounded for one address, but not for a proxy', async () => {
    await serve({ mostInAll: 100, mostPerAddress: 5 });
    for (let n = 0; n < 12; n += 1) await client('');
    await expect.poll(() => connections.size).toBe(5);
    connections.destroyAll();
    await server.close();
    await serve({ mostInAll: 100, mostPerAddress: 5 }, true);
    for (let n = 0; n < 12; n += 1) await client('');
    await expect.poll(() => connections.size).toBe(12);
  });

  it('leave room for others, however many networks one IPv6 site has', () => {
    const bounded = new ServerConnections({ mostInAll: 8, mostPerAddress: 2 }, () => false, unread);
    const server = new EventEmitter();
    bounded.watch(server as Server);
    const connectFrom = (remoteAddress: string) => {
      const socket = Object.assign(new PassThrough(), { remoteAddress });
      server.emit('connection', socket);
      return socket;
    };
    const sockets = Array.from({ length: 8 }, (_, n) => connectFrom(`2001:db8:1:${n}::1`));
    expect(sockets.filter(({ destroyed }) => destroyed)).toHaveLength(4);
    expect(connectFrom('2001:db8:2::1').destroyed).toBe(false);
    server.emit('close');
  });
});

/** What has been written has reached the buffers of the system. */
async function settled(): Promise<void> {
  for (let n = 0; n < 20; n += 1) await new Promise((done) => setImmediate(done));
}
