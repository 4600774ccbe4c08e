import { ConfigurationError } from '@app/config';
import type { MikroORM } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isDatabaseOutage } from './database-outage.js';
import type { PersistenceConfig } from './persistence.config.js';
import { fileOf } from './sqlite/sqlite-connection.js';
import { SqliteFailure, SqliteThread } from './sqlite/sqlite-thread.js';
import { withoutBound } from './waiting/database-patience.js';

/** Any constant of our own; it names the lock among the advisory locks of the database. */
const MIGRATION_LOCK_ID = 7_266_001;

/** How long a starting instance waits for another one's migration, and how often it looks. Milliseconds. */
const LOCK_WAIT_MS = 60_000;
const LOCK_RETRY_MS = 50;

/**
 * Brings the schema up to date. Instances that start together queue up behind one lock, and the one that
 * finds nothing left to do goes on; a failed migration leaves the schema as it was.
 *
 * @throws ConfigurationError if a later release has migrated the database: this one would misread what it stores
 */
export async function migrate(orm: MikroORM, config: PersistenceConfig): Promise<void> {
  const known = namesOf(orm);
  const applied = await appliedTo(orm);
  assertNoLaterSchema(applied, known);
  if (known.every((name) => applied.has(name))) return;
  await (config.databaseUrl ? withoutBound(() => migrateServer(orm)) : migrateFile(orm, config));
}

function namesOf(orm: MikroORM): readonly string[] {
  const { migrationsList = [] } = orm.config.get('migrations');
  return migrationsList.flatMap((migration) => ('name' in migration ? [migration.name] : []));
}

/** One statement, without a lock: most starts find nothing to do. A schema that cannot be read has no migration. */
async function appliedTo(orm: MikroORM): Promise<ReadonlySet<string>> {
  const em = orm.em.fork() as SqlEntityManager;
  try {
    const applied = await em.execute<{ name: string }[]>('select name from schema_migrations');
    return new Set(applied.map(({ name }) => name));
  } catch (error) {
    if (isDatabaseOutage(error)) throw error;
    return new Set();
  }
}

function assertNoLaterSchema(applied: ReadonlySet<string>, known: readonly string[]): void {
  const later = [...applied].find((name) => !known.includes(name));
  if (later === undefined) return;
  throw new ConfigurationError(
    `The database has the schema of a later release (${later}), which this release cannot use. Start that release, or restore a backup from before the upgrade.`,
  );
}

async function migrateServer(orm: MikroORM): Promise<void> {
  await (orm.em.fork() as SqlEntityManager).transactional(async (em) => {
    await em.execute(`set local statement_timeout = ${LOCK_WAIT_MS}`);
    await em.execute(`select pg_advisory_xact_lock(${MIGRATION_LOCK_ID})`);
    // A large table takes as long as it takes. The setting is of this connection, so the migrations must be on it, too.
    await em.execute('set local statement_timeout = 0');
    await orm.migrator.up({ transaction: em.getTransactionContext() });
  });
}

/** A second database file stands in for a lock: the system lets go of it when its holder dies. */
async function migrateFile(orm: MikroORM, config: PersistenceConfig): Promise<void> {
  const lock = new SqliteThread({ path: join(config.dataDir, 'migration.lock'), setUp: [] });
  try {
    await taken(lock);
    // The check takes no lock: a process that holds one does not keep others from starting.
    if ((await orm.migrator.getPending()).length === 0) return;
    // To index a long history takes more memory than to serve it.
    await fileOf(orm.em)!.withTemporaryFiles(() => orm.migrator.up());
  } finally {
    await lock.close();
  }
}

async function taken(lock: SqliteThread): Promise<void> {
  const until = performance.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      await lock.run('begin exclusive');
      return;
    } catch (error) {
      const isHeld = error instanceof SqliteFailure && error.code === 'SQLITE_BUSY';
      if (!isHeld || performance.now() >= until) throw error;
    }
    await setTimeout(LOCK_RETRY_MS);
  }
}
