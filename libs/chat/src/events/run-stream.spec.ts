import type { StreamPlace } from '@app/security';
import { fastify } from 'fastify';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { RunStream } from './run-stream.js';
import { RunWatchers } from './run-watchers.js';

const RUN = '01900000-0000-7000-8000-000000000001';

/** Parts on a page, and the length of each: more than any system keeps of what is not read. */
const PARTS_PER_PAGE = 4;
const PART = JSON.stringify({ type: 'text-delta', id: 'text-1', delta: 'x'.repeat(16_000) });

/** What a connection may hold beyond the buffers of the system: what Node.js takes at once, and a part. Bytes. */
const MOST_HELD = 128 * 1024;

describe('the stream of a run', () => {
  it('reads the log no further than its client does', async () => {
    let pages = 0;
    let isLast = false;
    const place: StreamPlace = { fill: () => undefined, release: () => undefined };
    const server = fastify();
    let held = () => 0;
    server.get('/', (_, reply) => {
      held = () => reply.raw.writableLength;
      const stream = new RunStream({
        reference: { runId: RUN, conversationId: RUN },
        after: 0,
        place,
        watchers: new RunWatchers(),
        read: (after) => {
          pages += 1;
          const parts = Array.from({ length: isLast ? 0 : PARTS_PER_PAGE }, (_part, n) => ({
            seq: after + n + 1,
            part: PART,
          }));
          return Promise.resolve({ parts, isLast });
        },
        failed: (error) => expect.fail(String(error)),
      });
      stream.sendTo(reply);
    });
    await server.listen({ host: '127.0.0.1', port: 0 });
    const { port } = server.server.address() as AddressInfo;
    const client = connect(port, '127.0.0.1').pause();
    client.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');

    // The system takes what it has room for; then nothing is read any more.
    let before = -1;
    await expect
      .poll(
        () => {
          const hasStopped = pages > 0 && pages === before;
          before = pages;
          return hasStopped;
        },
        { interval: 200, timeout: 15_000 },
      )
      .toBe(true);
    expect(held()).toBeLessThan(MOST_HELD);

    // Once the client reads, it goes on.
    client.resume();
    await expect.poll(() => pages, { timeout: 15_000 }).toBeGreaterThan(before + 10);
    isLast = true;
    let tail = '';
    client.on('data', (chunk) => (tail = (tail + chunk.toString('latin1')).slice(-100)));
    await expect.poll(() => tail, { timeout: 15_000 }).toContain('data: [DONE]');
    client.destroy();
    await once(client, 'close');
    await server.close();
  });
});
