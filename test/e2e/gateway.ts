import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isSecret, logFile } from './evidence.ts';
import { createDatabase, createDatabaseFile, dropDatabase, sql } from './template-database.ts';

/** A running gateway, as a client sees it: a process of its own, from the built output. */
export interface Gateway {
  readonly url: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly pid: number | undefined;
  /** What it has logged so far. Lines come in blocks, up to half a second after what they tell of. */
  log(): string;
  /** Ends it as an operator would; its exit code. */
  stop(): Promise<number | null>;
  /** Ends it as a crash would. */
  kill(signal?: NodeJS.Signals): Promise<number | null>;
}

/** What a client and the database of a gateway are reached by. */
export type Instance = Pick<Gateway, 'url' | 'environment'>;

export interface GatewayOptions {
  /** Beside and over the defaults of the suite. */
  readonly environment?: Record<string, string>;
  /** A command that replaces itself by the one that follows it: `sh -c '…; exec "$@"' sh`. @default none */
  readonly under?: readonly string[];
}

/** No test is to run into a limit that it is not about. */
const GENEROUS = {
  LIMIT_API: '1000000/1h',
  LIMIT_GLOBAL: '1000000/15m',
  LIMIT_LOGIN: '1000000/15m',
  LIMIT_CHAT: '1000000/1m',
  LIMIT_DEVICE: '1000000/1h',
  LIMIT_ANONYMOUS: '1000000/1d',
  LIMIT_EXPORT: '1000000/1h',
  LIMIT_FILES: '1000000/15m',
  SPRAY_ADDRESS: '1000000/15m',
  SPRAY_ALL: '1000000/15m',
};

/** The same suite runs on SQLite and, where this is set, on PostgreSQL: each gateway on a database of its own. */
const postgres = process.env.E2E_DATABASE_URL;

/**
 * A server of PostgreSQL takes a hundred connections as it comes, and four workers share one, with up to four gateways
 * each. A pool of the default size would take them all where several files attack at the same time.
 */
const POOL_SIZE = '4';

/** Passwords are hashed at the least cost that the mode allows: what a hash costs is the subject of few tests. */
const passwordCost = (mode: string) => (mode === 'test' ? '4' : '10');

/** What a process of the suite gets beside its own variables: compiled code that another one has left. */
export const PROCESS_ENVIRONMENT = {
  PATH: process.env.PATH,
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
};

/** How long a gateway may take to serve on a busy machine, and how often it is asked. Milliseconds. */
const START_TIMEOUT_MS = 110_000;
const POLL_MS = 25;

const running = new Set<ChildProcess>();
process.once('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** Those that have been started, and by what: a test, a hook, or the file itself. */
const started: { readonly gateway: Gateway; readonly starter: number }[] = [];
const THE_FILE = 0;
let [starter, lastStarter] = [THE_FILE, THE_FILE];

const stored: (() => Promise<unknown>)[] = [];

/** Ends what the tests of a file started, and removes what they stored. */
export async function cleanUp(): Promise<void> {
  await stop(() => true);
  await Promise.all(stored.splice(0).map((remove) => remove()));
}

/** Says that a test or a hook begins. What stops the gateways that it will have started, once they are not needed. */
export function beginStarting(): () => Promise<void> {
  lastStarter += 1;
  const own = lastStarter;
  starter = own;
  return () => stop((one) => one.starter === own);
}

/** Says that a test or a hook has ended: what is started next is the file's. */
export function endStarting(): void {
  starter = THE_FILE;
}

async function stop(isOver: (one: (typeof started)[number]) => boolean): Promise<void> {
  const over = started.filter(isOver);
  for (const one of over) started.splice(started.indexOf(one), 1);
  await Promise.all(over.map(({ gateway }) => gateway.stop()));
}

/** A fresh place for data, with a database without rows: a file in a folder, or on the server where the suite runs on PostgreSQL. */
export async function freshStorage(): Promise<Record<string, string>> {
  const storage = await unusedStorage();
  if (!postgres) createDatabaseFile(storage.DATA_DIR!);
  return storage;
}

/** A fresh place in which no gateway has run: without a file, so that a backup can be restored into it. */
export async function unusedStorage(): Promise<Record<string, string>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-e2e-'));
  stored.push(() => rm(dataDir, { recursive: true, force: true }));
  if (!postgres) return { DATA_DIR: dataDir };
  const database = `e2e_${randomUUID().replaceAll('-', '')}`;
  stored.push(() => dropDatabase(database));
  return { DATA_DIR: dataDir, DATABASE_URL: await createDatabase(database) };
}

/**
 * Starts a gateway and resolves when it serves. It is stopped after the test, or after the tests of the `describe`, that
 * started it, if it still runs (`setup.ts`). One that is started again on its storage runs as long as the first one.
 */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const storage = options.environment?.DATA_DIR ? {} : await freshStorage();
  const mode = options.environment?.NODE_ENV ?? 'test';
  const environment = {
    NODE_ENV: mode,
    PASSWORD_COST: passwordCost(mode),
    DATABASE_POOL_SIZE: POOL_SIZE,
    // Whatever runs on the machine of the suite.
    MODEL_DISCOVERY: 'off',
    ...GENEROUS,
    ...storage,
    ...options.environment,
  };
  const gateway = await startProcess(environment, options.under);
  const earlier = started.find((one) => isOnStorageOf(one.gateway, environment));
  started.push({ gateway, starter: earlier?.starter ?? starter });
  return gateway;
}

function isOnStorageOf({ environment }: Gateway, other: Record<string, string>): boolean {
  return environment.DATA_DIR === other.DATA_DIR;
}

async function startProcess(
  environment: Record<string, string>,
  under?: readonly string[],
): Promise<Gateway> {
  const port = environment.PORT ?? String(await freePort());
  const child = spawnGateway({ ...environment, PORT: port }, under);
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
export function spawnGateway(
  environment: Record<string, string>,
  under: readonly string[] = [],
): {
  process: ChildProcess;
  output: () => string;
} {
  const file = logFile(randomUUID());
  appendFileSync(file, '');
  const [command, ...args] = [...under, process.execPath, resolve('dist/apps/gateway/src/main.js')];
  const child = spawn(command!, args, {
    env: { ...PROCESS_ENVIRONMENT, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => appendFileSync(file, text));
  }
  return { process: child, output: () => readFileSync(file, 'utf8') };
}

/** What a gateway has logged of one call, once the line of its end is there. */
export async function linesOf(gateway: Gateway, headers: Headers): Promise<string[]> {
  const requestId = headers.get('x-request-id')!;
  const found = () =>
    gateway
      .log()
      .split('\n')
      .filter((line) => line.includes(requestId));
  await expect.poll(() => found().some((line) => line.includes('"http.request"'))).toBe(true);
  return found();
}

/** Resolves when it serves; throws with its output as soon as it has ended instead. */
async function untilServing(
  url: string,
  child: { process: ChildProcess; output: () => string },
): Promise<void> {
  const until = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    if (child.process.exitCode !== null || child.process.signalCode !== null) {
      throw new Error(`the gateway ended before it served:\n${child.output()}`);
    }
    const isServing = await fetch(`${url}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isServing) return;
    if (performance.now() > until) {
      throw new Error(`the gateway does not serve:\n${child.output()}`);
    }
    await setTimeout(POLL_MS);
  }
}

/** The last port that this process gave away, counted from the first of its range. */
let lastPort = randomInt(1_000);

/**
 * Below those that connections take for themselves, and in a range of each worker's own: it is still free later. None
 * comes twice soon, so that no connection to a gateway that has ended is taken for one to the next.
 */
export async function freePort(): Promise<number> {
  const range = 12_000 + 1_000 * (Number(process.env.VITEST_POOL_ID ?? 0) % 20);
  for (;;) {
    lastPort = (lastPort + 1) % 1_000;
    const port = range + lastPort;
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

/** A secret of the suite's own, fit for production. */
export function aSecret(): string {
  const secret = `${randomUUID()}${randomUUID()}`;
  isSecret(secret);
  return secret;
}
