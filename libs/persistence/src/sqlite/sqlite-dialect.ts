import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { SqliteFile, SqliteTransaction } from './sqlite-file.js';
import type { SqliteResult } from './sqlite-thread.js';

/** Kysely on a `SqliteFile`. */
export function sqliteDialect(file: SqliteFile): Dialect {
  return {
    createDriver: () => new SqliteFileDriver(file),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new ConcurrentSqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

/** Kysely would let one statement at a time through: the file has readers beside its writer, and a queue. */
class ConcurrentSqliteAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

/** What Kysely takes for a connection: the transaction that has begun on it, or each statement on its own. */
class SqliteFileConnection implements DatabaseConnection {
  transaction: SqliteTransaction | undefined;

  constructor(private readonly file: SqliteFile) {}

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    return resultOf<Row>(await this.run(sql, parameters));
  }

  async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    yield await this.executeQuery<Row>(query);
  }

  private run(sql: string, parameters: readonly unknown[]): Promise<SqliteResult> {
    if (this.transaction) return this.transaction.run(sql, parameters);
    // What begins with `select` writes nothing, and the reader refuses to.
    return /^\s*select\b/i.test(sql)
      ? this.file.read(sql, parameters)
      : this.file.write(sql, parameters);
  }
}

function resultOf<Row>({ rows, changes, insertId }: SqliteResult): QueryResult<Row> {
  for (const row of rows as Record<string, unknown>[]) {
    for (const name in row) {
      const value = row[name];
      // On its way from the thread a Buffer has become a plain array of bytes.
      if (value instanceof Uint8Array) row[name] = Buffer.from(value.buffer);
    }
  }
  return {
    rows: rows as Row[],
    ...(changes === undefined ? {} : { numAffectedRows: BigInt(changes) }),
    ...(insertId === undefined ? {} : { insertId: BigInt(insertId) }),
  };
}

class SqliteFileDriver implements Driver {
  constructor(private readonly file: SqliteFile) {}

  async init(): Promise<void> {}

  async acquireConnection(): Promise<SqliteFileConnection> {
    return new SqliteFileConnection(this.file);
  }

  async beginTransaction(connection: SqliteFileConnection): Promise<void> {
    connection.transaction = await this.file.begin();
  }

  async commitTransaction(connection: SqliteFileConnection): Promise<void> {
    await connection.transaction?.commit();
    connection.transaction = undefined;
  }

  async rollbackTransaction(connection: SqliteFileConnection): Promise<void> {
    await connection.transaction?.rollback();
    connection.transaction = undefined;
  }

  async savepoint(connection: SqliteFileConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`savepoint "${name}"`));
  }

  async rollbackToSavepoint(connection: SqliteFileConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`rollback to "${name}"`));
  }

  async releaseSavepoint(connection: SqliteFileConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`release "${name}"`));
  }

  async releaseConnection(): Promise<void> {}

  destroy(): Promise<void> {
    return this.file.close();
  }
}
