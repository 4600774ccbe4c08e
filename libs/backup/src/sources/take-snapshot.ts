import type { persistenceConfig } from '@app/persistence';
import type { ConfigType } from '@nestjs/config';
import type { DatabaseSnapshot } from './database-snapshot.js';
import { sqliteSnapshot } from './sqlite-snapshot.js';

/** @throws BackupError `backup_no_database` */
export async function takeSnapshot({
  dataDir,
  databaseUrl,
}: ConfigType<typeof persistenceConfig>): Promise<DatabaseSnapshot> {
  if (databaseUrl === undefined) return sqliteSnapshot(dataDir);
  const { postgresSnapshot } = await import('./postgres-snapshot.js');
  return postgresSnapshot(databaseUrl);
}
