import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Extract } from 'tar-stream';
import { BackupError } from '../backup.error.js';
import { decrypted } from './age.js';
import { drained } from './drained.js';

/** What gzip hands on at a time. Bytes. */
const CHUNK_BYTES = 262_144;

/** The longest entry that is read as a whole. Bytes. */
const LONGEST_TEXT = 268_435_456;

export interface ArchiveEntry {
  readonly name: string;
  readonly size: number;
  readonly mode: number;
  readonly mtime: Date;
  /** To be read to its end before the next entry comes. */
  readonly content: AsyncIterable<Buffer>;
}

/**
 * The entries of a backup, one after the other. What comes out has been authenticated chunk by chunk; only its end says
 * that nothing is missing.
 *
 * @throws BackupError `backup_foreign`, `backup_wrong_key` or `backup_damaged`
 */
export async function* readArchive(
  path: string,
  identities: readonly string[],
): AsyncGenerator<ArchiveEntry> {
  const tar = extract();
  const read = pipeline(
    decrypted(path, identities),
    createGunzip({ chunkSize: CHUNK_BYTES }),
    (plain: AsyncIterable<Buffer>) => feed(tar, plain),
  ).catch((error: Error) => {
    tar.destroy(error);
    throw error;
  });
  // The reader of the entries is told.
  read.catch(() => undefined);
  try {
    for await (const entry of tar) {
      const { name, size = 0, mode = 0, mtime = new Date(0) } = entry.header;
      if (entry.header.type !== 'file') throw BackupError.damaged('it has what is no file');
      yield { name, size, mode, mtime, content: entry };
    }
    await read;
  } catch (error) {
    throw toBackupError(error);
  } finally {
    tar.destroy();
  }
}

/** A short entry as a whole. @throws BackupError `backup_damaged` for one that is none */
export async function textOf({ size, content }: ArchiveEntry): Promise<string> {
  if (size > LONGEST_TEXT) throw BackupError.damaged('it has an entry that is too long');
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function feed(tar: Extract, plain: AsyncIterable<Buffer>): Promise<void> {
  for await (const chunk of plain) {
    if (!tar.write(chunk)) await drained(tar);
    if (tar.destroyed) return;
  }
  tar.end();
}

/** What gzip and tar say of bytes that are not theirs. */
function toBackupError(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  const isFormat = code?.startsWith('Z_') === true || /tar header|end of data/i.test(message);
  return isFormat ? BackupError.damaged('its content cannot be read') : error;
}
