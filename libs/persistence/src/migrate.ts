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
  const lock = config.databaseUrl ? advisoryLock : fileLock;
  await lock(orm, config, async () => {
    await orm.migrator.up();
  });
}

async function advisoryLock(orm: MikroORM, _: PersistenceConfig, work: () => Promise<void>) {
  await (orm.em.fork() as SqlEntityManager).transactional(async (em) => {
    // Waiting for another instance, and a migration of a large table, may take longer than any other statement.
    await em.execute(`set local statement_timeout = ${LOCK_WAIT}`);
    await em.execute(`select pg_advisory_xact_lock(${LOCK})`);
    await work();
  });
}

/** A second database file stands in for a lock: the system lets go of it when its holder dies. */
async function fileLock(_: MikroORM, config: PersistenceConfig, work: () => Promise<void>) {
  const { default: Database } = await import('better-sqlite3');
  const lock = new Database(join(config.dataDir, 'migration.lock'), { timeout: LOCK_WAIT });
  try {
    lock.exec('begin exclusive');
    await work();
  } finally {
    lock.close();
  }
}
