import type { Options } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import { mkdirSync } from 'node:fs';
import { databaseFile } from './database-file.js';
import { migrations } from './migrations/index.js';
import type { PersistenceConfig } from './persistence.config.js';

/** Loads only the driver in use: an embedded gateway never reads the PostgreSQL one, and starts sooner. */
export async function ormOptions(config: PersistenceConfig): Promise<Partial<Options>> {
  const dialect = config.databaseUrl
    ? await postgres(config.databaseUrl, config.poolSize)
    : await sqlite(config.dataDir);
  return {
    ...dialect,
    extensions: [Migrator],
    migrations: {
      migrationsList: migrations,
      tableName: 'schema_migrations',
      // The lock of `migrate` spans all of them, so they share its transaction.
      allOrNothing: true,
      snapshot: false,
      silent: true,
    },
    // The schema is the migrations' business; deriving it at each start only costs time.
    ensureDatabase: false,
    discovery: { warnWhenNoEntities: false },
    timezone: 'Z',
    forceUtcTimezone: true,
  };
}

async function postgres(url: string, poolSize: number): Promise<Partial<Options>> {
  const { databaseServer } = await import('./postgres/database-url.js');
  const { serverOptions } = await import('./postgres/server-options.js');
  return serverOptions(databaseServer(url), poolSize);
}

async function sqlite(dataDir: string): Promise<Partial<Options>> {
  const { SqliteDriver } = await import('./sqlite/sqlite-driver.js');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  return {
    driver: SqliteDriver,
    dbName: databaseFile(dataDir),
  } as Partial<Options>;
}
