import { createHash, type Hash } from 'node:crypto';
import { BackupError } from '../backup.error.js';
import { type ArchiveEntry, readArchive, textOf } from './archive-reader.js';
import { contentOfEntry, HEADER, MANIFEST, SEAL } from './layout.js';
import {
  type BackupHeader,
  isSealed,
  type Manifest,
  parseHeader,
  parseManifest,
} from './manifest.js';

/** Takes what an archive holds while it is checked. What it was given counts only once the check is over. */
export interface ArchiveSink {
  begin?(header: BackupHeader): Promise<void>;
  /** The bytes of one entry, all of which have to be read. */
  take?(content: string, entry: ArchiveEntry, bytes: AsyncIterable<Buffer>): Promise<void>;
}

export interface CheckedArchive {
  readonly manifest: Manifest;
  readonly seal: Seal;
}

/** Whose seal a backup has. It cannot be told without PASSWORD_PEPPER; development seals nothing. */
export type Seal = 'ours' | 'others' | 'none' | 'unknown';

/** What has come of one content. */
interface Seen {
  readonly hash: Hash;
  bytes: number;
}

/**
 * Reads a backup to its end, and compares everything in it with its manifest. Nothing is written but by the sink.
 *
 * @throws BackupError
 */
export async function checkArchive(
  path: string,
  identities: readonly string[],
  pepper: string | undefined,
  sink: ArchiveSink = {},
): Promise<CheckedArchive> {
  const seen = new Map<string, Seen>();
  let [header, manifest, seal]: (string | undefined)[] = [];
  for await (const entry of readArchive(path, identities)) {
    if (header === undefined) {
      if (entry.name !== HEADER) throw BackupError.foreign();
      header = await textOf(entry);
      const parsed = parseHeader(header);
      await sink.begin?.(parsed);
    } else if (entry.name === MANIFEST) manifest = await textOf(entry);
    else if (entry.name === SEAL) seal = await textOf(entry);
    else await pass(entry, seen, sink);
  }
  if (manifest === undefined || seal === undefined) throw BackupError.damaged('its end is missing');
  const parsed = parseManifest(manifest);
  if (JSON.stringify(parsed.header) !== JSON.stringify(parseHeader(header!))) {
    throw BackupError.damaged('its beginning is that of another one');
  }
  compare(parsed, seen);
  return { manifest: parsed, seal: sealOfBackup(manifest, seal, pepper) };
}

async function pass(
  entry: ArchiveEntry,
  seen: Map<string, Seen>,
  sink: ArchiveSink,
): Promise<void> {
  const content = contentOfEntry(entry.name);
  const state = seen.get(content) ?? { hash: createHash('sha256'), bytes: 0 };
  seen.set(content, state);
  const bytes = counted(entry.content, state);
  if (sink.take) await sink.take(content, entry, bytes);
  // What the sink has left.
  for await (const _ of bytes);
}

async function* counted(bytes: AsyncIterable<Buffer>, state: Seen): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    state.hash.update(chunk);
    state.bytes += chunk.length;
    yield chunk;
  }
}

function compare({ contents }: Manifest, seen: ReadonlyMap<string, Seen>): void {
  const left = new Map(seen);
  for (const { name, bytes, digest } of contents) {
    const found = left.get(name);
    left.delete(name);
    // A table without a row has no part.
    if (!found && bytes === 0) continue;
    if (found?.bytes !== bytes || found.hash.digest('base64url') !== digest) {
      throw BackupError.damaged(`${name} is not what was saved`);
    }
  }
  if (left.size > 0) throw BackupError.damaged('it has more than was saved');
}

function sealOfBackup(manifest: string, seal: string, pepper: string | undefined): Seal {
  if (seal === '') return 'none';
  if (pepper === undefined) return 'unknown';
  return isSealed(manifest, seal, pepper) ? 'ours' : 'others';
}
