import type { AbstractSqlDriver } from '@mikro-orm/sql';

/** The column types that the two databases spell differently. */
export interface ColumnTypes {
  readonly uuid: string;
  readonly instant: string;
  readonly bytes: string;
}

/** A moment is a `timestamptz` on PostgreSQL and milliseconds since the epoch in SQLite, as the ORM stores it. */
export function columnTypes(driver: AbstractSqlDriver): ColumnTypes {
  return driver.getPlatform().constructor.name.startsWith('Sqlite')
    ? { uuid: 'text', instant: 'datetime', bytes: 'blob' }
    : { uuid: 'uuid', instant: 'timestamptz(3)', bytes: 'bytea' };
}
