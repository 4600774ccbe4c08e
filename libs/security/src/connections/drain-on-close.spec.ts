import { fastify, type FastifyInstance } from 'fastify';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { drainOnClose } from './drain-on-close.js';
import { ServerConnections } from './server-connections.js';

const CONNECTIONS = 20;
const REQUESTS_PER_CONNECTION = 300;
const HEADER_BYTES = 12_000;

/** What is left of each request until a full garbage collection, on average. Bytes; the headers alone are 12,000. */
const MOST_LEFT_PER_REQUEST = 500;

const REQUEST = `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(HEADER_BYTES)}\r\n\r\n`;

describe('a server that is ready to drain', () => {
  let server: FastifyInstance;
  beforeAll(async () => {
    server = fastify();
    const bounds = { mostInAll: 1_000, mostPerAddress: 1_000 };
    const connections = new ServerConnections(bounds, () => false);
    connections.watch(server.server);
    drainOnClose(server, connections, new Promise(() => undefined));
    // Requests are in the works side by side, as they are where each waits for a database.
    server.get('/', () => setTimeout(5, 'answer'));
    await server.listen({ port: 0, host: '127.0.0.1' });
  });
  afterAll(() => server.close());

  it('keeps no request that is answered until a full garbage collection', async () => {
    await sendOnAll();
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as NodeJS.GCFunction)();
    const before = oldBytes();
    await sendOnAll();
    const requests = CONNECTIONS * REQUESTS_PER_CONNECTION;
    expect((oldBytes() - before) / requests).toBeLessThan(MOST_LEFT_PER_REQUEST);
  });

  const sendOnAll = () => Promise.all(Array.from({ length: CONNECTIONS }, sendOnOne));

  async function sendOnOne(): Promise<void> {
    const { port } = server.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    for (let n = 0; n < REQUESTS_PER_CONNECTION; n += 1) {
      socket.write(REQUEST);
      await once(socket, 'data');
    }
    socket.destroy();
  }
});

/** What has survived the collections of the young generation. Bytes. */
function oldBytes(): number {
  const spaces = getHeapSpaceStatistics().filter(({ space_name: name }) => name.startsWith('old'));
  return spaces.reduce((sum, { space_used_size: size }) => sum + size, 0);
}
