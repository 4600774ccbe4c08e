import type { PostgreSqlConnection } from '@mikro-orm/postgresql';
import type pg from 'pg';
import type { Statement } from '../statements/statement.js';

/** As the driver numbers places. */
interface NumberedStatement {
  readonly name: string;
  readonly text: string;
}

export async function preparedStatementsOf(
  connection: PostgreSqlConnection,
): Promise<PreparedStatements> {
  return new PreparedStatements(await connection.getNativeClient());
}

/** Statements that each connection of the pool prepares once. A statement on its own is a transaction of its own. */
export class PreparedStatements {
  private readonly known = new Map<string, NumberedStatement>();
  private readonly keepers = new WeakMap<pg.PoolClient, boolean>();

  constructor(private readonly pool: pg.Pool) {}

  async run<Row extends pg.QueryResultRow>({ sql, values }: Statement): Promise<Row[]> {
    const { name, text } = this.numbered(sql);
    const client = await this.pool.connect();
    try {
      const keeps = this.keepers.get(client) ?? (await this.keepsStatements(client));
      const query = { ...(keeps && { name }), text, values: [...values] };
      return (await client.query<Row>(query)).rows;
    } finally {
      client.release();
    }
  }

  /**
   * Whether the connection is to one server process from its beginning to its end. A pooler that lends them out for a
   * transaction each, such as PgBouncer, gives an id of its own for the process, and would miss what was prepared.
   */
  private async keepsStatements(client: pg.PoolClient): Promise<boolean> {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const keeps = rows[0]?.pid === (client as unknown as { processID: number }).processID;
    this.keepers.set(client, keeps);
    return keeps;
  }

  private numbered(sql: string): NumberedStatement {
    let statement = this.known.get(sql);
    if (!statement) {
      let place = 0;
      const text = sql.replace(/\?/g, () => `$${(place += 1)}`);
      statement = { name: `gateway_${this.known.size}`, text };
      this.known.set(sql, statement);
    }
    return statement;
  }
}
