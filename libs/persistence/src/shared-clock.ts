import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { SqliteConnection } from './sqlite/sqlite-connection.js';
import type { Statement } from './statements/statement.js';

/** On PostgreSQL, so many milliseconds from now: a place for them, and the value that it takes. */
export const POSTGRES_MOMENT = `(clock_timestamp() + ? * interval '1 millisecond')`;

/** The same on SQLite, where a moment is a number of milliseconds. */
export const SQLITE_MOMENT = `cast(round(unixepoch('subsec') * 1000) + ? as integer)`;

/**
 * A moment as part of a statement, by the clock that all instances share: that of the server on PostgreSQL, that of the
 * process on SQLite, where there is one. The clock is read when the statement runs, not when it begins to wait.
 *
 * @param offsetMs from that time. Milliseconds.
 */
export function sharedMoment(em: EntityManager, offsetMs = 0): Statement {
  const isSqlite = (em as SqlEntityManager).getConnection() instanceof SqliteConnection;
  return { sql: isSqlite ? SQLITE_MOMENT : POSTGRES_MOMENT, values: [offsetMs] };
}
