import type { FastifyReply } from 'fastify';
import type { Readable } from 'node:stream';
import { CardFileAnswer } from './card-file.answer.js';
import { CHUNK_BYTES } from './keep-card.js';

const FILE = {
  id: 'x',
  name: 'large.png',
  mediaType: 'image/png',
  sizeBytes: 3 * CHUNK_BYTES,
  digest: 'd',
};

/** What is sent of a file whose chunks are read so. */
function sentBy(read: (seq: number) => Promise<Buffer | undefined>): Readable {
  let sent: Readable | undefined;
  const reply = {
    headers: () => reply,
    send: (body: Readable) => {
      sent = body;
      return reply;
    },
  };
  const asked = { range: undefined, ifRange: undefined, ifNoneMatch: undefined };
  new CardFileAnswer(FILE, asked, read).sendTo(reply as unknown as FastifyReply);
  return sent!;
}

describe('a file while it is sent', () => {
  it('breaks off if it is deleted meanwhile', async () => {
    const body = sentBy((seq) =>
      Promise.resolve(seq === 0 ? Buffer.alloc(CHUNK_BYTES) : undefined),
    );
    let bytes = 0;
    const reading = (async () => {
      for await (const chunk of body) bytes += (chunk as Buffer).length;
    })();
    await expect(reading).rejects.toThrow('deleted');
    expect(bytes).toBeLessThan(FILE.sizeBytes);
  });

  it('is read no further than its client takes it', async () => {
    const asked: number[] = [];
    const body = sentBy((seq) => {
      asked.push(seq);
      return Promise.resolve(Buffer.alloc(CHUNK_BYTES));
    });
    body.once('readable', () => undefined);
    await vi.waitUntil(() => asked.length > 0);
    await new Promise((done) => setImmediate(done));
    expect(asked).toEqual([0]);
    body.destroy();
  });
});
