import { DATABASE_FILE, UNFINISHED_RESTORE } from '@app/persistence';
import { constants, type Dirent } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { FileEntry } from '../archive/archive-writer.js';
import { FILES } from '../archive/layout.js';
import { unlessGone } from '../files/unless-gone.js';

/** How much of a file is read at a time: of most it is all. Bytes. */
const READ_BYTES = 1_048_576;

/** Where a restore gathers what it reads, until all of it is there. */
export const STAGING = 'restore.staging';

/** What the snapshot of an embedded database is called while it is read. */
export const SNAPSHOT = 'backup.snapshot-';

/**
 * What lies in `DATA_DIR` and is no part of a backup: the database, which is saved in its own way, and what is made
 * again. Anything else is saved, also what a later release puts there.
 */
const NOT_SAVED: readonly RegExp[] = [
  new RegExp(`^${DATABASE_FILE.replace('.', '\\.')}(-wal|-shm|-journal)?$`),
  /^migration\.lock(-journal)?$/,
  /^compile-cache$/,
  /^backups$/,
  /^logs$/,
  /^erasures\.ledger(\.[\w-]+\.draft)?$/,
  // What an instance has signed last proves the chain of now, not that of the backup.
  /^audit-checkpoint(\.\d+)?$/,
  new RegExp(`^${UNFINISHED_RESTORE}(\\.draft)?$`),
  new RegExp(`^${STAGING}$`),
  new RegExp(`^${SNAPSHOT}`),
];

/** Whether something in the folder `DATA_DIR` itself belongs to a backup. */
export function isSaved(name: string): boolean {
  return !NOT_SAVED.some((pattern) => pattern.test(name));
}

/** A file as it was when it was opened. */
export interface DataFile extends FileEntry {
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * The files in `DATA_DIR`, each opened as it comes. What goes meanwhile is left out, and so are links and whatever else
 * is no file: servers of users could point them anywhere.
 *
 * @param others absolute paths that are left out as well
 */
export async function* dataFiles(
  dataDir: string,
  others: readonly string[],
): AsyncGenerator<DataFile> {
  const top = (await readdir(dataDir, { withFileTypes: true })).toSorted(byName);
  for (const entry of top.filter(({ name }) => isSaved(name))) {
    yield* filesOf(dataDir, join(dataDir, entry.name), entry, others);
  }
}

async function* filesOf(
  dataDir: string,
  path: string,
  entry: Dirent,
  others: readonly string[],
): AsyncGenerator<DataFile> {
  if (others.includes(path)) return;
  if (entry.isFile()) yield* opened(dataDir, path);
  if (!entry.isDirectory()) return;
  const entries = (await readdir(path, { withFileTypes: true }).catch(unlessGoneOrLink)) ?? [];
  for (const inner of entries.toSorted(byName)) {
    yield* filesOf(dataDir, join(path, inner.name), inner, others);
  }
}

async function* opened(dataDir: string, path: string): AsyncGenerator<DataFile> {
  const { O_RDONLY, O_NOFOLLOW } = constants;
  const file = await open(path, O_RDONLY | O_NOFOLLOW).catch(unlessGoneOrLink);
  if (!file) return;
  try {
    const { size, mode, mtime } = await file.stat();
    const name = FILES + relative(dataDir, path).split(sep).join('/');
    yield { name, size, mode: mode & 0o777, mtime, chunks: bytesOf(file, size) };
  } finally {
    await file.close();
  }
}

/** Exactly so many bytes: what is added meanwhile is left out, and zeros stand for what is cut off. */
async function* bytesOf(file: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size;) {
    const buffer = Buffer.alloc(Math.min(READ_BYTES, size - at));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    yield bytesRead === 0 ? buffer : buffer.subarray(0, bytesRead);
    at += bytesRead === 0 ? buffer.length : bytesRead;
  }
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}

function unlessGoneOrLink(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ELOOP') unlessGone(error);
}
