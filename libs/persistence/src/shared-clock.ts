import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { SqliteConnection } from './sqlite/sqlite-connection.js';
import type { Statement } from './statements/statement.js';

/** On PostgreSQL, so many milliseconds from now: a place for them, and the value that it takes. */
export const POSTGRES_MOMENT = `(clock_timestamp() + ? * interval '1 millisecond')`;

/**
 * A moment as part of a statement, by the clock that all instances share: the server's on PostgreSQL. A database in a
 * file has one instance, and its own clock will do.
 *
 * @param offsetMs from now. Milliseconds.
 */
export function sharedMoment(em: EntityManager, offsetMs = 0): Statement {
  return (em as SqlEntityManager).getConnection() instanceof SqliteConnection
    ? { sql: '?', values: [new Date(Date.now() + offsetMs)] }
    : { sql: POSTGRES_MOMENT, values: [offsetMs] };
}
