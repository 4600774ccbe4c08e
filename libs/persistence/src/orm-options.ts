import type { Options } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import type { CompiledQuery } from 'kysely';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
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

/** The longest that one statement, and a wait for a connection, may take. Milliseconds. */
const STATEMENT_TIMEOUT = 10_000;
const CONNECT_TIMEOUT = 10_000;

async function postgres(clientUrl: string, max: number): Promise<Partial<Options>> {
  const { PostgreSqlDriver } = await import('@mikro-orm/postgresql');
  return {
    driver: PostgreSqlDriver,
    clientUrl,
    pool: { min: 0, max },
    driverOptions: {
      statement_timeout: STATEMENT_TIMEOUT,
      connectionTimeoutMillis: CONNECT_TIMEOUT,
    },
  } as Partial<Options>;
}

async function sqlite(dataDir: string): Promise<Partial<Options>> {
  const { SqliteDriver } = await import('@mikro-orm/sqlite');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  return {
    driver: SqliteDriver,
    dbName: join(dataDir, 'gateway.sqlite'),
    onCreateConnection: durable,
  } as Partial<Options>;
}

/**
 * WAL with `synchronous=FULL`: what was answered survives a power loss, not only a killed process. What is deleted
 * is overwritten at once and not left in free pages; `DeletedTraces` takes care of the rest.
 */
async function durable(connection: {
  executeQuery(query: CompiledQuery): Promise<unknown>;
}): Promise<void> {
  const { CompiledQuery } = await import('kysely');
  for (const pragma of [
    'journal_mode = WAL',
    'synchronous = FULL',
    'foreign_keys = ON',
    'secure_delete = ON',
    'busy_timeout = 5000',
  ]) {
    await connection.executeQuery(CompiledQuery.raw(`PRAGMA ${pragma}`));
  }
}
