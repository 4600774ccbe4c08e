import Database from 'better-sqlite3';
import { statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/** What a thread opens, and how. */
export interface SqliteThreadOptions {
  readonly path: string;
  /** Statements on the connection as soon as it is open. */
  readonly setUp: readonly string[];
}

interface SqliteStatement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** Statements that happen together or not at all; `needs` is what is missing if a statement changes no row. */
export type SqliteScript = readonly (SqliteStatement & { readonly needs?: string | undefined })[];

export type SqliteRequest =
  | ({ readonly id: number } & SqliteStatement)
  | { readonly id: number; readonly scripts: readonly SqliteScript[] };

interface Failure {
  readonly message: string;
  readonly code?: string | undefined;
}

/** What a script came to: nothing of it has happened where it misses something or has failed. */
export interface ScriptOutcome {
  readonly missing?: string | undefined;
  readonly error?: Failure;
}

export type SqliteReply =
  | {
      readonly id: number;
      readonly rows: unknown[];
      readonly changes?: number | bigint;
      readonly insertId?: number | bigint;
    }
  | { readonly id: number; readonly outcomes: readonly ScriptOutcome[] }
  | { readonly id: number; readonly error: Failure };

/** Which files a connection has open, as the system counts them; two at a path are two files. */
interface FileNumbers {
  readonly main?: number | undefined;
  readonly log?: number | undefined;
  readonly index?: number | undefined;
}

/** Prepared statements that a thread keeps, and the longest of them in characters. */
const MAX_CACHED_STATEMENTS = 300;
const LONGEST_STATEMENT = 4_000;

/** What a prepared statement may outlive; anything else can change the columns that it answers with. */
const HARMLESS_STATEMENT =
  /^\s*(select|insert|update|delete|begin|commit|savepoint|release|rollback to)\b/i;

/**
 * One connection, on a thread where blocking is the point. It never waits for a lock of another process: it answers
 * SQLITE_BUSY at once, and is free for the next request. Nothing is imported but packages: from the sources Node
 * strips the types itself, and resolves none of the repository's path aliases.
 */
function serve({ path, setUp }: SqliteThreadOptions): void {
  const statements = new Map<string, Database.Statement>();
  let database: Database.Database | undefined;
  let files: FileNumbers = {};

  /** Not before it is needed, and again with the next request if it fails: another process may hold the file. */
  const open = (): Database.Database => {
    const opened = new Database(path, { timeout: 0 });
    try {
      for (const statement of setUp) opened.exec(statement);
      files = { main: statSync(path).ino };
      return opened;
    } catch (error) {
      opened.close();
      throw error;
    }
  };

  /**
   * What is written to a file that has lost its name is lost with the process, be it the database or its log. The index
   * of the log holds the locks: with two of them, two processes would write at once.
   */
  const assertInPlace = (): void => {
    const now = { main: inode(path), log: inode(`${path}-wal`), index: inode(`${path}-shm`) };
    // They come with the first statement, and stay as long as a process has the database open.
    files = { ...now, ...definedOf(files) };
    if (files.main === now.main && files.log === now.log && files.index === now.index) return;
    const error = new Error(
      'the database file or its log was moved or replaced: restart the process',
    );
    throw Object.assign(error, { code: 'SQLITE_READONLY_DBMOVED' });
  };

  const prepared = (sql: string): Database.Statement => {
    const known = statements.get(sql);
    if (known) {
      // The map is in order of use: the first is the one to go.
      statements.delete(sql);
      statements.set(sql, known);
      return known;
    }
    const statement = database!.prepare(sql);
    if (!HARMLESS_STATEMENT.test(sql)) statements.clear();
    else if (sql.length <= LONGEST_STATEMENT) statements.set(sql, statement);
    if (statements.size > MAX_CACHED_STATEMENTS) statements.delete(statements.keys().next().value!);
    return statement;
  };

  const run = (sql: string, parameters: readonly unknown[]) => {
    // SQLite has rolled back on its own after some errors, such as a full disk.
    if (sql === 'rollback' && !database!.inTransaction) return { rows: [] };
    if (!database!.inTransaction) assertInPlace();
    const statement = prepared(sql);
    if (statement.reader) return { rows: statement.all(parameters) };
    const { changes, lastInsertRowid: insertId } = statement.run(parameters);
    return { rows: [], changes, insertId };
  };

  const runSteps = (script: SqliteScript): ScriptOutcome => {
    for (const { sql, parameters, needs } of script) {
      const { changes } = prepared(sql).run(parameters);
      if (needs !== undefined && changes === 0) return { missing: needs };
    }
    return {};
  };

  const runScript = (script: SqliteScript): ScriptOutcome => {
    prepared('savepoint script').run();
    let outcome: ScriptOutcome;
    try {
      outcome = runSteps(script);
    } catch (thrown) {
      // After an error such as a full disk SQLite has undone everything, the scripts before this one as well.
      if (!database!.inTransaction) throw thrown;
      outcome = { error: failureOf(thrown) };
    }
    if (outcome.error ?? outcome.missing) prepared('rollback to script').run();
    prepared('release script').run();
    return outcome;
  };

  const runScripts = (scripts: readonly SqliteScript[]): readonly ScriptOutcome[] => {
    assertInPlace();
    prepared('begin immediate').run();
    try {
      const outcomes = scripts.map(runScript);
      prepared('commit').run();
      return outcomes;
    } catch (thrown) {
      if (database!.inTransaction) prepared('rollback').run();
      throw thrown;
    }
  };

  const answer = (request: SqliteRequest): SqliteReply => {
    const { id } = request;
    database ??= open();
    return 'scripts' in request
      ? { id, outcomes: runScripts(request.scripts) }
      : { id, ...run(request.sql, request.parameters) };
  };

  parentPort!.on('message', (request: SqliteRequest | 'close') => {
    if (request === 'close') {
      database?.close();
      parentPort!.close();
      return;
    }
    try {
      parentPort!.postMessage(answer(request));
    } catch (thrown) {
      const reply: SqliteReply = { id: request.id, error: failureOf(thrown) };
      parentPort!.postMessage(reply);
    }
  });
}

function failureOf(thrown: unknown): Failure {
  const { message, code } = thrown as NodeJS.ErrnoException;
  return { message, code };
}

function inode(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

function definedOf(files: FileNumbers): FileNumbers {
  return Object.fromEntries(Object.entries(files).filter(([, number]) => number !== undefined));
}

serve(workerData as SqliteThreadOptions);
