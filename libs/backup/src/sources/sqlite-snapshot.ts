import { databaseFile } from '@app/persistence';
import type Database from 'better-sqlite3';
import { existsSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArchiveWriter } from '../archive/archive-writer.js';
import { SQLITE } from '../archive/layout.js';
import type { SavedTable } from '../archive/manifest.js';
import { BackupError } from '../backup.error.js';
import type { ErasedAccount } from '../ledger/erasure-ledger.js';
import { SNAPSHOT } from './data-files.js';
import { type DatabaseSnapshot, FIRST_MIGRATION, quoted, systemOf } from './database-snapshot.js';

/** How much of the snapshot is read at a time. Bytes. */
const READ_BYTES = 1_048_576;

/** A snapshot whose file is as old as that is left over from a backup that was killed. Milliseconds. */
const DEAD_SNAPSHOT_MS = 3_600_000;

/** How long the snapshot waits for what holds the whole file. Milliseconds. */
const LOCK_WAIT_MS = 30_000;

/**
 * A copy of the embedded database, as of one read transaction: SQLite writes it (`VACUUM INTO`) while others read and
 * write, and leaves out free pages, in which deleted rows could be. It lies beside the database, for its owner only,
 * and loses its name as soon as it is open.
 */
export async function sqliteSnapshot(dataDir: string): Promise<DatabaseSnapshot> {
  if (!existsSync(databaseFile(dataDir))) throw BackupError.noDatabase();
  await removeDeadSnapshots(dataDir);
  const folder = await mkdtemp(join(dataDir, SNAPSHOT));
  try {
    const path = join(folder, 'database');
    const { default: Driver } = await import('better-sqlite3');
    const source = new Driver(databaseFile(dataDir), { readonly: true, timeout: LOCK_WAIT_MS });
    try {
      source.prepare('vacuum into ?').run(path);
    } finally {
      source.close();
    }
    const copy = new Driver(path, { readonly: true });
    const file = await open(path);
    // The connection keeps it, too. A process that is killed from here on leaves nothing behind.
    await rm(folder, { recursive: true });
    return snapshotOf(copy, file);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** The number of rows of each table, in the order of their names. */
export function countRows(database: Database.Database): SavedTable[] {
  const tables = database
    .prepare(
      `select name from sqlite_master where type = 'table' and sql is not null order by name`,
    )
    .pluck()
    .all() as string[];
  return tables.map((name) => {
    const counted = database.prepare(`select count(*) from ${quoted(name)}`);
    return { name, rows: counted.pluck().get() as number };
  });
}

/** @throws BackupError `backup_damaged` */
export function assertIntact(database: Database.Database): void {
  if (database.pragma('quick_check(1)', { simple: true }) === 'ok') return;
  throw BackupError.damaged('SQLite finds faults in its database (pragma quick_check)');
}

async function snapshotOf(
  database: Database.Database,
  file: FileHandle,
): Promise<DatabaseSnapshot> {
  assertIntact(database);
  const { size, mtime } = await file.stat();
  const schema = database
    .prepare('select name from schema_migrations order by id')
    .pluck()
    .all() as string[];
  return {
    kind: 'sqlite',
    schema,
    system: systemOf(JSON.stringify(database.prepare(FIRST_MIGRATION).get())),
    erasedAccounts: () => erasedAccounts(database),
    saveTo: async (archive: ArchiveWriter) => {
      const chunks = file.createReadStream({
        start: 0,
        highWaterMark: READ_BYTES,
        autoClose: false,
      });
      await archive.addFile({ name: SQLITE, size, mode: 0o600, mtime }, chunks);
      return { tables: countRows(database), sequences: [] };
    },
    close: async () => {
      database.close();
      await file.close();
    },
  };
}

async function* erasedAccounts(database: Database.Database): AsyncGenerator<ErasedAccount> {
  const exists = database.prepare(`select 1 from sqlite_master where name = 'erased_accounts'`);
  if (!exists.get()) return;
  const rows = database.prepare('select digest, erased_at from erased_accounts order by erased_at');
  for (const row of rows.iterate() as Iterable<{ digest: string; erased_at: number }>) {
    yield { digest: row.digest, erasedAt: new Date(row.erased_at).toISOString() };
  }
}

async function removeDeadSnapshots(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (!name.startsWith(SNAPSHOT)) continue;
    const folder = join(dataDir, name);
    const written = await Promise.all(
      ['', 'database'].map((inner) =>
        stat(join(folder, inner)).then(
          ({ mtimeMs }) => mtimeMs,
          () => 0,
        ),
      ),
    );
    if (Date.now() - Math.max(...written) > DEAD_SNAPSHOT_MS) {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
