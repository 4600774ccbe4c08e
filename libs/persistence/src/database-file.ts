import { join } from 'node:path';

/** The name of the embedded database in `DATA_DIR`. Beside it are its log and the index of that, `-wal` and `-shm`. */
export const DATABASE_FILE = 'gateway.sqlite';

export function databaseFile(dataDir: string): string {
  return join(dataDir, DATABASE_FILE);
}
