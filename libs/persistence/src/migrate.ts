import type { MikroORM } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { join } from 'node:path';
import type { PersistenceConfig } from './persistence.config.js';

/** Any constant of our own; it names the lock among the advisory locks of the database. */
const LOCK = 7_266_001;

/** How long a starting instance waits for another one's migration. Milliseconds. */
const LOCK_WAIT = 60_000;

/**
 * Brings the schema up to date. Instances that start together queue up behind one lock, and the one that
 * finds nothing left to do goes on; a failed migration leaves the schema as it was.
 */
export async function migrate(orm: MikroORM, config: PersistenceConfig): Promise<void> {
  await (config.databaseUrl ? migrateServer(orm) : migrateFile(orm, config));
}

async function migrateServer(orm: MikroORM): Promise<void> {
  await (orm.em.fork() as SqlEntityManager).transactional(async (em) => {
    await em.execute(`set local statement_timeout = ${LOCK_WAIT}`);
    await em.execute(`select pg_advisory_xact_lock(${LOCK})`);
    // A large table takes as long as it takes. The setting is of this connection, so the migrations must be on it, too.
    await em.execute('set local statement_timeout = 0');
    await orm.migrator.up({ transaction: em.getTransactionContext() });
  });
}

/** A second database file stands in for a lock: the system lets go of it when its holder dies. */
async function migrateFile(orm: MikroORM, config: PersistenceConfig): Promise<void> {
  const { default: Database } = await import('better-sqlite3');
  const lock = new Database(join(config.dataDir, 'migration.lock'), { timeout: LOCK_WAIT });
  try {
    lock.exec('begin exclusive');
    await orm.migrator.up();
  } finally {
    lock.close();
  }
}
