import { OwnAnswer } from '@app/security';
import type { FastifyReply } from 'fastify';
import { Readable } from 'node:stream';
import { byteRange, type ByteRange } from './byte-range.js';
import type { StoredFile } from './card.store.js';
import { fileDisposition } from './file-disposition.js';
import { CHUNK_BYTES } from './keep-card.js';

/** What a browser may show in its place. Everything else is a file to be kept. */
const SHOWN = /^(?:image|audio)\//;

/** It never changes, and is asked for again all the same: it may be deleted, or another person be signed in. */
const CACHING = 'private, no-cache';

/** Nothing of a file may run, wherever it is opened. */
const POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox";

/** What a client asks for. */
export interface FileRequest {
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/** A file as it is sent: chunk by chunk, each when the client has taken the one before. */
export class CardFileAnswer extends OwnAnswer {
  private readonly tag: string;

  constructor(
    private readonly file: StoredFile,
    private readonly request: FileRequest,
    private readonly read: (seq: number) => Promise<Buffer | undefined>,
  ) {
    super();
    this.tag = `"${file.digest}"`;
  }

  override sendTo(reply: FastifyReply): void {
    const { mediaType, sizeBytes } = this.file;
    void reply.headers({
      'cache-control': CACHING,
      etag: this.tag,
      'accept-ranges': 'bytes',
    });
    if (this.isKnown()) return void reply.status(304).send();
    const { range: asked, ifRange } = this.request;
    const isSame = ifRange === undefined || ifRange === this.tag;
    const range = isSame ? byteRange(asked, sizeBytes) : 'whole';
    if (range === 'none') {
      return void reply.status(416).header('content-range', `bytes */${sizeBytes}`).send();
    }
    const { from, to } = range === 'whole' ? { from: 0, to: sizeBytes - 1 } : range;
    if (range !== 'whole') {
      void reply.status(206).header('content-range', `bytes ${from}-${to}/${sizeBytes}`);
    }
    void reply
      .headers({
        'content-type': mediaType,
        'content-length': to - from + 1,
        'content-disposition': dispositionOf(this.file),
        'content-security-policy': POLICY,
      })
      .send(Readable.from(this.bytes({ from, to }), { objectMode: false }));
  }

  private isKnown(): boolean {
    const tags = this.request.ifNoneMatch?.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
    return tags?.includes(this.tag) ?? false;
  }

  /** It ends early, and so visibly incomplete, if the file is deleted meanwhile. */
  private async *bytes({ from, to }: ByteRange): AsyncGenerator<Buffer> {
    for (let at = from; at <= to;) {
      const seq = Math.floor(at / CHUNK_BYTES);
      const start = seq * CHUNK_BYTES;
      const chunk = await this.read(seq);
      if (!chunk) throw new Error('the file has been deleted');
      const part = chunk.subarray(at - start, to + 1 - start);
      yield part;
      at += part.length;
    }
  }
}

function dispositionOf({ name, mediaType }: StoredFile): string {
  const [, title, extension] = /^(.+)\.([A-Za-z0-9]{1,10})$/s.exec(name) ?? ['', name, ''];
  const plain = SHOWN.exec(mediaType)?.[0].slice(0, -1) ?? 'file';
  const type = SHOWN.test(mediaType) ? 'inline' : 'attachment';
  return fileDisposition(type, { title: title!, plain, extension: extension! });
}
