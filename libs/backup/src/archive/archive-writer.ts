import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack, type Pack } from 'tar-stream';
import { encrypted } from './age.js';
import { drained } from './drained.js';
import { PART_BYTES, partName } from './layout.js';
import type { SavedContent } from './manifest.js';

/** Compression is to cost less than encryption: texts shrink to a third all the same. */
const COMPRESSION_LEVEL = 1;

/** What gzip hands on at a time. Bytes. */
const CHUNK_BYTES = 262_144;

const OWNER_ONLY = 0o600;

/** What is known of a file before it is read. */
export interface FileEntry {
  readonly name: string;
  readonly size: number;
  readonly mode: number;
  readonly mtime: Date;
}

/** Writes one backup, entry by entry. Whatever the size of a content, a few MB are in memory. */
export class ArchiveWriter {
  readonly contents: SavedContent[] = [];
  private readonly tar: Pack = pack();
  private readonly written: Promise<void>;
  private failure: Error | undefined;
  /** Ends the wait of the entry that is being written: a disk that is full takes no more. */
  private giveUp: ((error: Error) => void) | undefined;

  private constructor(
    private readonly file: FileHandle,
    recipients: readonly string[],
  ) {
    this.written = this.write(recipients).catch((error: Error) => {
      this.failure = error;
      this.giveUp?.(error);
      throw error;
    });
    // The entry that waits is told.
    this.written.catch(() => undefined);
  }

  /** Begins a file that must not exist yet, for its owner only. */
  static async create(path: string, recipients: readonly string[]): Promise<ArchiveWriter> {
    return new ArchiveWriter(await open(path, 'wx', OWNER_ONLY), recipients);
  }

  /** A small entry that is not among the contents. */
  async add(name: string, text: string): Promise<void> {
    await this.entry(name, Buffer.from(text));
  }

  /** A content whose size nothing says before its end, in parts. */
  async addParts(name: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const hash = createHash('sha256');
    let [bytes, number, held] = [0, 0, 0];
    let part: Uint8Array[] = [];
    const flush = async () => {
      await this.entry(partName(name, number), Buffer.concat(part));
      number += 1;
      [part, held] = [[], 0];
    };
    for await (const chunk of chunks) {
      hash.update(chunk);
      part.push(chunk);
      bytes += chunk.length;
      held += chunk.length;
      if (held >= PART_BYTES) await flush();
    }
    if (held > 0) await flush();
    this.note(name, bytes, hash);
  }

  /** @param chunks as many bytes as `size` says, in all */
  async addFile(file: FileEntry, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const hash = createHash('sha256');
    await this.finished((done) => {
      const sink = this.tar.entry({ ...file, type: 'file' }, done);
      return (async () => {
        for await (const chunk of chunks) {
          hash.update(chunk);
          if (!sink.write(chunk)) await drained(sink);
        }
        sink.end();
      })();
    });
    this.note(file.name, file.size, hash);
  }

  /** Resolves when all of it is on the disk. */
  async finish(): Promise<void> {
    this.tar.finalize();
    await this.written;
    await this.file.sync();
    await this.file.close();
  }

  async abandon(): Promise<void> {
    this.tar.destroy();
    await this.written.catch(() => undefined);
    await this.file.close().catch(() => undefined);
  }

  private entry(name: string, bytes: Buffer): Promise<void> {
    return this.finished((done) => {
      this.tar.entry({ name, size: bytes.length, mode: OWNER_ONLY }, bytes, done);
    });
  }

  /** An entry that has been taken. @throws what the file said instead */
  private finished(
    begin: (done: (error?: Error | null) => void) => Promise<void> | void,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.failure) return reject(this.failure);
      this.giveUp = reject;
      Promise.resolve(begin((error) => (error ? reject(error) : resolve()))).catch(reject);
    });
  }

  private note(name: string, bytes: number, hash: Hash): void {
    this.contents.push({ name, bytes, digest: hash.digest('base64url') });
  }

  private async write(recipients: readonly string[]): Promise<void> {
    const gzip = createGzip({ level: COMPRESSION_LEVEL, chunkSize: CHUNK_BYTES });
    const bytes = Readable.from(this.tar, { objectMode: false });
    await pipeline(
      bytes,
      gzip,
      (plain: AsyncIterable<Uint8Array>) => encrypted(plain, recipients),
      async (cipher: AsyncIterable<Uint8Array>) => {
        for await (const chunk of cipher) await this.file.writeFile(chunk);
      },
    );
  }
}
