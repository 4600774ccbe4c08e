import type { SqlEntityManager } from '@mikro-orm/sql';
import { SqliteConnection } from '../sqlite/sqlite-connection.js';

/** How a database writes JSON. All parameters are parts of a statement, and so is what is returned: a text. */
export interface JsonDialect {
  /** An object of fields that are there in each row. */
  object(fields: Readonly<Record<string, string>>): string;
  /** A single value. */
  value(of: string): string;
  /** A moment as `Date.toISOString` writes it; null for null. */
  moment(of: string): string;
  /** The host of an address, as `URL` writes both. */
  host(of: string): string;
  /**
   * An aggregate: the texts of all rows as `JsonItems`. Without `order` in that of the subquery they come from, which has
   * to end in `order by … limit …`: sorting once more takes SQLite as long as to write the JSON.
   */
  items(of: string, order?: string): string;
}

const SQLITE: JsonDialect = {
  object: (fields) => `json_object(${pairs(fields)})`,
  value: (of) => `json_quote(${of})`,
  moment: (of) => `strftime('%Y-%m-%dT%H:%M:%fZ', ${of} / 1000.0, 'unixepoch')`,
  host: (of) => {
    const rest = `substr(${of}, instr(${of}, '://') + 3)`;
    return `substr(${rest}, 1, instr(${rest} || '/', '/') - 1)`;
  },
  items: (of, order) => `group_concat(${of}, ',' || char(10)${orderBy(order)})`,
};

const POSTGRES: JsonDialect = {
  object: (fields) => `json_build_object(${pairs(fields)})::text`,
  value: (of) => `to_json(${of})::text`,
  moment: (of) => `to_char(${of} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
  host: (of) => `split_part(${of}, '/', 3)`,
  items: (of, order) => `string_agg(${of}, ',' || chr(10)${orderBy(order)})`,
};

/** What the database in use understands. */
export function jsonDialectOf(em: SqlEntityManager): JsonDialect {
  const connection: unknown = em.getConnection();
  return connection instanceof SqliteConnection ? SQLITE : POSTGRES;
}

function orderBy(order: string | undefined): string {
  return order === undefined ? '' : ` order by ${order}`;
}

function pairs(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `'${name}', ${value}`)
    .join(', ');
}
