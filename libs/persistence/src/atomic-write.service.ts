import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';
import type { PreparedStatements } from './postgres/prepared-statements.js';
import { SqliteConnection } from './sqlite/sqlite-connection.js';
import type { Statement, Step } from './statements/statement.js';
import { LoopTurns } from './waiting/loop-turns.js';

/**
 * A change of several tables that happens as a whole or not at all, in one trip to the database: for what is written
 * with every message, where the unit of work would cost more than the change. Each database gets it in its own way.
 */
export interface AtomicWrite {
  /** SQLite runs the steps one after the other, with no other writer in between. */
  sqlite(): readonly Step[];
  /** PostgreSQL runs one statement, which returns what is missing in the column `missing` of its only row, or nothing. */
  postgres(): Statement;
  /** What is missing, by table, where a row that the write inserts has a key of another row. In other tables that is an error. */
  readonly taken?: Readonly<Record<string, string>>;
}

/** The codes of a key that another row has, in SQLite and in PostgreSQL. */
const TAKEN_KEY_CODES = ['SQLITE_CONSTRAINT_PRIMARYKEY', 'SQLITE_CONSTRAINT_UNIQUE', '23505'];

/** PostgreSQL rolls a statement back so that another can go on: it is tried again. SQLite has one writer at a time. */
const DEADLOCK_CODE = '40P01';

/** What passes before each further attempt: at once it could take a lock before the other statement wakes up. Milliseconds. */
const DEADLOCK_PAUSES_MS = [20, 100, 500];

/** Applies atomic writes to the database in use. */
@Injectable()
export class AtomicWriteService {
  private readonly turns = new LoopTurns();
  private prepared: Promise<PreparedStatements> | undefined;

  constructor(private readonly em: EntityManager) {}

  /** Resolves when the write is durable, or with what is missing for it: then nothing has changed. */
  async apply(write: AtomicWrite): Promise<string | undefined> {
    await this.turns.next();
    const missing = await this.write(write);
    // Many writes are committed together; what follows each of them would be one long piece of work.
    await this.turns.next();
    return missing;
  }

  private async write(write: AtomicWrite): Promise<string | undefined> {
    try {
      return await this.attempt(write);
    } catch (error) {
      const missing = write.taken?.[tableOfTakenKey(error) ?? ''];
      if (missing === undefined) throw error;
      return missing;
    }
  }

  private async attempt(write: AtomicWrite): Promise<string | undefined> {
    const connection: unknown = (this.em as SqlEntityManager).getConnection();
    if (connection instanceof SqliteConnection) {
      return connection.file.writeTogether(write.sqlite());
    }
    const prepared = await (this.prepared ??= preparedStatements(connection));
    const [row] = await throughDeadlocks(() =>
      prepared.run<{ missing: string | null }>(write.postgres()),
    );
    return row?.missing ?? undefined;
  }
}

async function throughDeadlocks<Rows>(run: () => Promise<Rows>): Promise<Rows> {
  for (const pause of DEADLOCK_PAUSES_MS) {
    try {
      return await run();
    } catch (error) {
      if ((error as { code?: string }).code !== DEADLOCK_CODE) throw error;
    }
    await setTimeout(pause);
  }
  return run();
}

/** SQLite names the table in its message, before the columns. */
function tableOfTakenKey(error: unknown): string | undefined {
  const { code, table, message } = error as { code?: string; table?: string; message?: string };
  if (!TAKEN_KEY_CODES.includes(code ?? '')) return undefined;
  return table ?? /constraint failed: (\w+)\./.exec(message ?? '')?.[1];
}

/** An embedded gateway never loads the driver of PostgreSQL. */
async function preparedStatements(connection: unknown): Promise<PreparedStatements> {
  const { preparedStatementsOf } = await import('./postgres/prepared-statements.js');
  return preparedStatementsOf(connection as never);
}
