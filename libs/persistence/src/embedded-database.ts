import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { SqliteConnection } from './sqlite/sqlite-connection.js';

/** Whether the database is the embedded one: for statements that the two databases do not have in common. */
export function isEmbeddedDatabase(em: EntityManager): boolean {
  return (em as SqlEntityManager).getConnection() instanceof SqliteConnection;
}
