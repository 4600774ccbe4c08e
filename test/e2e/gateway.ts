import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { isSecret, logFile } from './evidence.ts';

/** A running gateway, as a client sees it. */
export interface Gateway {
  readonly url: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Where it is a process of its own. */
  readonly pid?: number | undefined;
  /** Everything it has logged so far. */
  log(): string;
  /** Ends it as an operator would; its exit code, where it is a process. */
  stop(): Promise<number | null>;
  /** Ends it as a crash would. Only for processes. */
  kill(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface GatewayOptions {
  /** Beside and over the defaults of the suite. */
  readonly environment?: Record<string, string>;
  /** Always a process of its own, from the built output. @default for all but a file's first, or E2E_TARGET=dist */
  readonly asProcess?: boolean;
}

/** No test is to run into a limit that it is not about, nor to wait for hashes that cost more than they must. */
const GENEROUS = {
  PASSWORD_COST: '10',
  LIMIT_API: '1000000/1h',
  LIMIT_GLOBAL: '1000000/15m',
  LIMIT_LOGIN: '1000000/15m',
  LIMIT_CHAT: '1000000/1m',
  LIMIT_DEVICE: '1000000/1h',
  LIMIT_ANONYMOUS: '1000000/1d',
  SPRAY_ADDRESS: '1000000/15m',
  SPRAY_ALL: '1000000/15m',
};

/** The same suite runs on SQLite and, where this is set, on PostgreSQL: each gateway on a database of its own. */
const postgres = process.env.E2E_DATABASE_URL;

let isHere = false;

const cleanups: (() => Promise<void>)[] = [];

/** A fresh place for data: a folder, and a database where the suite runs on PostgreSQL. */
export async function freshStorage(): Promise<Record<string, string>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-e2e-'));
  cleanups.push(async () => rmSync(dataDir, { recursive: true, force: true }));
  if (!postgres) return { DATA_DIR: dataDir };
  const database = `e2e_${randomUUID().replaceAll('-', '')}`;
  await sql(postgres, `create database ${database}`);
  cleanups.push(
    async () => void (await sql(postgres, `drop database if exists ${database} with (force)`)),
  );
  const url = new URL(postgres);
  url.pathname = database;
  return { DATA_DIR: dataDir, DATABASE_URL: url.href };
}

/** Starts a gateway and resolves when it serves. It is stopped after the file's tests, if it still runs. */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const storage = options.environment?.DATA_DIR ? {} : await freshStorage();
  const environment = {
    NODE_ENV: 'test',
    ...GENEROUS,
    ...storage,
    ...options.environment,
  };
  // One gateway at a time can be part of this process: Passport and the logger are global to it.
  const isProcess = options.asProcess ?? (process.env.E2E_TARGET === 'dist' || isHere);
  isHere ||= !isProcess;
  const gateway = await (isProcess ? startProcess(environment) : startHere(environment));
  cleanups.unshift(async () => void (await gateway.stop()));
  return gateway;
}

afterAll(async () => {
  for (const cleanUp of cleanups.splice(0)) await cleanUp();
});

async function startHere(environment: Record<string, string>): Promise<Gateway> {
  const file = logFile(randomUUID());
  appendFileSync(file, '');
  const { createGateway } = await import('../../apps/gateway/src/create-gateway.js');
  const app = await withEnvironment(environment, () =>
    createGateway({ destination: { write: (line: string) => appendFileSync(file, line) } }),
  );
  await app.listen(0, '127.0.0.1');
  let isRunning = true;
  const stop = async () => {
    if (isRunning) await app.close();
    isRunning = false;
    return null;
  };
  return {
    url: (await app.getUrl()).replace('[::1]', '127.0.0.1'),
    environment,
    log: () => readFileSync(file, 'utf8'),
    stop,
    kill: () => Promise.reject(new Error('only a process can be killed')),
  };
}

/** Configuration is read from the environment while the application is created, and never again. */
async function withEnvironment<T>(
  environment: Record<string, string>,
  work: () => Promise<T>,
): Promise<T> {
  const before = { ...process.env };
  Object.assign(process.env, environment);
  try {
    return await work();
  } finally {
    for (const name of Object.keys(environment)) delete process.env[name];
    Object.assign(process.env, before);
  }
}

async function startProcess(environment: Record<string, string>): Promise<Gateway> {
  const port = environment.PORT ?? String(await freePort());
  const child = spawnGateway({ ...environment, PORT: port });
  const url = `http://127.0.0.1:${port}`;
  const ended = new Promise<number | null>((done) => child.process.once('exit', done));
  const kill = (signal: NodeJS.Signals = 'SIGKILL') => {
    if (child.process.exitCode === null) child.process.kill(signal);
    return ended;
  };
  await untilServing(url, child);
  const { pid } = child.process;
  return { url, environment, pid, log: child.output, stop: () => kill('SIGTERM'), kill };
}

/** Starts the built gateway; for tests of how it ends, it may do so at once. */
export function spawnGateway(environment: Record<string, string>): {
  process: ChildProcess;
  output: () => string;
} {
  const file = logFile(randomUUID());
  appendFileSync(file, '');
  const child = spawn(process.execPath, [resolve('dist/apps/gateway/src/main.js')], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => appendFileSync(file, text));
  }
  return { process: child, output: () => readFileSync(file, 'utf8') };
}

async function untilServing(
  url: string,
  child: { process: ChildProcess; output: () => string },
): Promise<void> {
  await vi.waitFor(
    async () => {
      if (child.process.exitCode !== null) throw new Error(`it ended: ${child.output()}`);
      const probe = await fetch(`${url}/health`);
      if (!probe.ok) throw new Error(`it answers with ${probe.status}`);
    },
    { timeout: 60_000, interval: 25 },
  );
}

/** Below those that connections take for themselves, and in a range of each worker's own: it is still free later. */
export async function freePort(): Promise<number> {
  const range = 12_000 + 1_000 * (Number(process.env.VITEST_POOL_ID ?? 0) % 20);
  for (;;) {
    const port = range + randomInt(1_000);
    const probe = createServer();
    const isFree = await new Promise<boolean>((done) => {
      probe.once('error', () => done(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => done(true)));
    });
    if (isFree) return port;
  }
}

/** Reads or changes the gateway's database behind its back. */
export async function query(
  { environment }: Pick<Gateway, 'environment'>,
  statement: string,
): Promise<Record<string, unknown>[]> {
  if (environment.DATABASE_URL) return sql(environment.DATABASE_URL, statement);
  const { default: Database } = await import('better-sqlite3');
  const database = new Database(join(environment.DATA_DIR!, 'gateway.sqlite'), { timeout: 5000 });
  database.pragma('foreign_keys = ON');
  try {
    const prepared = database.prepare(statement);
    if (prepared.reader) return prepared.all() as Record<string, unknown>[];
    prepared.run();
    return [];
  } finally {
    database.close();
  }
}

async function sql(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

/** A secret of the suite's own, fit for production. */
export function aSecret(): string {
  const secret = `${randomUUID()}${randomUUID()}`;
  isSecret(secret);
  return secret;
}
