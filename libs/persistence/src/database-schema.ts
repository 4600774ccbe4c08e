import { MikroORM } from '@mikro-orm/core';
import { migrate } from './migrate.js';
import { migrations } from './migrations/index.js';
import { ormOptions } from './orm-options.js';
import type { PersistenceConfig } from './persistence.config.js';

/** The names of all migrations of this release, in their order: what `schema_migrations` has after a start. */
export const MIGRATION_NAMES: readonly string[] = migrations.map(({ name }) => name);

/** Gives an empty database the schema of this release, as a start does. */
export async function createSchema(config: PersistenceConfig): Promise<void> {
  const orm = new MikroORM({
    ...(await ormOptions(config)),
    entities: [],
  } as ConstructorParameters<typeof MikroORM>[0]) as unknown as MikroORM;
  try {
    await migrate(orm, config);
  } finally {
    await orm.close(true);
  }
}
