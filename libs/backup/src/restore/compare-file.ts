import Driver from 'better-sqlite3';
import type { Manifest } from '../archive/manifest.js';
import { BackupError } from '../backup.error.js';
import { assertIntact, countRows } from '../sources/sqlite-snapshot.js';

/** Whether an embedded database is sound, and has the rows that were saved. @throws BackupError */
export function compareFile(path: string, { tables }: Manifest): void {
  const database = new Driver(path, { readonly: true });
  try {
    assertIntact(database);
    if (JSON.stringify(countRows(database)) === JSON.stringify(tables)) return;
    throw BackupError.differs('its tables do not have the rows that were saved');
  } finally {
    database.close();
  }
}
