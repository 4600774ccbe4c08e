import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What a database was asked for. */
export interface Statements {
  /** Executed statements, without those that only begin and end transactions. */
  readonly statements: number;
  readonly commits: number;
}

/** Counts what a gateway with these variables asks of its database. */
export interface StatementCounter {
  readonly environment: Record<string, string>;
  /** Since the count before. */
  count(): Statements;
}

export async function statementCounter(
  environment: Record<string, string>,
): Promise<StatementCounter> {
  return environment.DATABASE_URL ? countedByProxy(environment) : countedByFile(environment);
}

/** Set in a gateway that is to note its statements: this file is then loaded into each of its threads. */
const FILE_VARIABLE = 'BENCH_STATEMENTS';
const CONTROL = /^\s*(begin|savepoint|release|rollback)/i;
const COMMIT = /^\s*commit/i;
const WRITE = /^\s*(insert|update|delete)/i;

function countedByFile(environment: Record<string, string>): StatementCounter {
  const file = `${environment.DATA_DIR!}/statements`;
  writeFileSync(file, '');
  return {
    environment: {
      ...environment,
      [FILE_VARIABLE]: file,
      NODE_OPTIONS: `--import ${import.meta.url}`,
    },
    count: () => {
      const noted = readFileSync(file, 'utf8');
      writeFileSync(file, '');
      return { statements: timesOf('s', noted), commits: timesOf('c', noted) };
    },
  };
}

function timesOf(sign: string, text: string): number {
  return text.split(sign).length - 1;
}

/** An open database. */
interface Driver {
  readonly inTransaction: boolean;
}

interface Prepared {
  [method: string]: (...values: unknown[]) => unknown;
}

const noted = process.env[FILE_VARIABLE];
if (noted) noteStatements(noted);

/** `s` for a statement and `c` for a commit, also of a write outside of transactions. */
function noteStatements(file: string): void {
  const { prototype } = createRequire(import.meta.url)('better-sqlite3') as {
    prototype: { prepare: (this: Driver, sql: string) => Prepared };
  };
  const prepare = prototype.prepare;
  prototype.prepare = function (this: Driver, sql: string) {
    const statement = prepare.call(this, sql);
    for (const method of ['run', 'all', 'get']) {
      const execute = statement[method]!;
      statement[method] = (...values) => {
        if (COMMIT.test(sql)) appendFileSync(file, 'c');
        else if (!CONTROL.test(sql)) {
          appendFileSync(file, WRITE.test(sql) && !this.inTransaction ? 'sc' : 's');
        }
        return execute.apply(statement, values);
      };
    }
    return statement;
  };
}

/** Types of messages by which a client has a statement executed: a plain query, and the parameters of a prepared one. */
const QUERY = 'Q'.charCodeAt(0);
const BIND = 'B'.charCodeAt(0);
/** What the server says at the end of a transaction, or of a statement outside of one. */
const READY = 'Z'.charCodeAt(0);
const IDLE = 'I'.charCodeAt(0);

async function countedByProxy(environment: Record<string, string>): Promise<StatementCounter> {
  const target = new URL(environment.DATABASE_URL!);
  let [statements, commits] = [0, 0];
  const proxy = createServer((client) => {
    const server = connect(Number(target.port || 5432), target.hostname);
    // The first message has no type.
    eachMessage(client, true, (type, body) => {
      if (type === BIND) statements += 1;
      if (type === QUERY && !CONTROL.test(body.toString()) && !COMMIT.test(body.toString())) {
        statements += 1;
      }
    });
    eachMessage(server, false, (type, body) => {
      if (type === READY && body[0] === IDLE) commits += 1;
    });
    client.pipe(server).pipe(client);
    client.on('error', () => server.destroy());
    server.on('error', () => client.destroy());
  }).listen(0, '127.0.0.1');
  proxy.unref();
  await once(proxy, 'listening');
  const url = new URL(target);
  url.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return {
    environment: { ...environment, DATABASE_URL: url.href },
    count: () => {
      const counted = { statements, commits };
      [statements, commits] = [0, 0];
      return counted;
    },
  };
}

/** The messages of PostgreSQL's protocol (its manual, 55.2): a type, the length of what follows, and that. */
function eachMessage(
  socket: Socket,
  beginsUntyped: boolean,
  handle: (type: number, body: Buffer) => void,
): void {
  let received = Buffer.alloc(0);
  let isUntyped = beginsUntyped;
  socket.on('data', (data) => {
    received = Buffer.concat([received, data as Buffer]);
    for (;;) {
      const head = isUntyped ? 0 : 1;
      if (received.length < head + 4) return;
      const end = head + received.readUInt32BE(head);
      if (received.length < end) return;
      if (!isUntyped) handle(received[0]!, received.subarray(head + 4, end));
      isUntyped = false;
      received = received.subarray(end);
    }
  });
}
