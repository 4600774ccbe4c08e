import {
  type EntityManager,
  isRaw,
  type LoggingOptions,
  raw,
  type RawQueryFragment,
  type Transaction,
} from '@mikro-orm/core';
import { BaseSqliteConnection, NativeQueryBuilder, type SqlEntityManager } from '@mikro-orm/sql';
import { CompiledQuery, type Dialect } from 'kysely';
import { boundQuery } from './bound-query.js';
import { sqliteDialect } from './sqlite-dialect.js';
import { SqliteFile } from './sqlite-file.js';

/** The ORM's connection to a `SqliteFile`. */
export class SqliteConnection extends BaseSqliteConnection {
  /** Where the file is, for what no statement does. */
  file: SqliteFile;

  constructor(...given: ConstructorParameters<typeof BaseSqliteConnection>) {
    super(...given);
    // The threads of the file start now, beside the rest of the process: the first statement would wait for them.
    this.getClient();
  }

  override createKyselyDialect(): Dialect {
    this.file = new SqliteFile(this.config.get('dbName')!);
    return sqliteDialect(this.file);
  }

  /** As of the ORM, but for the values, which stay out of the text. */
  override async execute<T>(
    query: string | NativeQueryBuilder | RawQueryFragment,
    values: readonly unknown[] | Record<string, unknown> = [],
    method: 'all' | 'get' | 'run' = 'all',
    transaction?: Transaction,
    logging?: LoggingOptions,
  ): Promise<T> {
    await this.ensureConnection();
    const fragment = fragmentOf(query, values);
    const { sql, parameters } = boundQuery(fragment.sql, fragment.params, this.platform);
    const run = async (): Promise<T> => {
      const result = await (transaction ?? this.getClient()).executeQuery(
        CompiledQuery.raw(sql, [...parameters]),
      );
      return this.transformRawResult<T>(result, method);
    };
    return this.executeQuery(sql, run, { query: sql, params: fragment.params, ...logging });
  }
}

/** The file of the embedded database; undefined for a server. */
export function fileOf(em: EntityManager): SqliteFile | undefined {
  const connection: unknown = (em as SqlEntityManager).getConnection();
  return connection instanceof SqliteConnection ? connection.file : undefined;
}

function fragmentOf(
  query: string | NativeQueryBuilder | RawQueryFragment,
  values: readonly unknown[] | Record<string, unknown>,
): { readonly sql: string; readonly params: readonly unknown[] } {
  if (query instanceof NativeQueryBuilder) return query.toRaw();
  if (isRaw(query)) return query;
  return Array.isArray(values) ? { sql: query, params: values } : raw(query, values as never);
}
