import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const SECRET = 'benchmark-secret-benchmark-secret-benchmark';
const SERVER_CORE = '0';
const LOAD_CORE = '1';

/** A server under test, on a core of its own. */
export interface Server {
  readonly url: string;
  /** From the start of the process to the first answer. Milliseconds. */
  readonly startedIn: number;
  stop(): Promise<void>;
}

/**
 * This process and all that it starts are on the core of the load, but for the servers. Without `taskset` they share all
 * cores with the load, and the numbers are only a hint.
 */
export const isPinned = (() => {
  try {
    execFileSync('taskset', ['-a', '-c', '-p', LOAD_CORE, String(process.pid)], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
})();

const dataDir = mkdtempSync(join(tmpdir(), 'gateway-bench-'));

/** One with a database of that name, which stays until `cleanUp`. */
export function startGateway(port: number, database = 'first'): Promise<Server> {
  return start(port, '/health', ['dist/apps/gateway/src/main.js'], {
    NODE_ENV: 'production',
    PORT: String(port),
    DATA_DIR: join(dataDir, database),
    JWT_SECRET: SECRET,
    PASSWORD_PEPPER: SECRET,
    // Every limit is counted as ever; only none is reached.
    LIMIT_API: '100000000/1h',
    LIMIT_GLOBAL: '100000000/15m',
    LIMIT_LOGIN: '100000000/15m',
    LOCKOUT_AFTER: '100',
    SPRAY_ADDRESS: '100000000/15m',
    SPRAY_ALL: '100000000/15m',
  });
}

export function startBareServer(port: number, payload: string): Promise<Server> {
  return start(port, '/api/profiles', ['test/bench/bare-server.ts'], {
    NODE_ENV: 'production',
    BENCH_PORT: String(port),
    BENCH_SECRET: SECRET,
    BENCH_PAYLOAD: payload,
  });
}

/** Runs a script to its end on the server's core and resolves with what it printed. */
export function runOnServerCore(
  args: string[],
  environment: Record<string, string>,
): Promise<string> {
  const [executable, ...rest] = pinned([process.execPath, ...args]);
  return new Promise((resolve, reject) => {
    const child = spawn(executable!, rest, {
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    child.once('error', reject).once('close', () => resolve(text));
  });
}

export function cleanUp(): void {
  rmSync(dataDir, { recursive: true, force: true });
}

async function start(
  port: number,
  probe: string,
  args: string[],
  environment: Record<string, string>,
): Promise<Server> {
  const [executable, ...rest] = pinned([process.execPath, ...args]);
  const startedAt = performance.now();
  const child = spawn(executable!, rest, {
    env: { PATH: process.env.PATH, ...environment },
    // The log is written as in production, to a pipe that somebody reads.
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout?.resume();
  const url = `http://127.0.0.1:${port}`;
  await firstAnswer(`${url}${probe}`, child);
  const startedIn = performance.now() - startedAt;
  return { url, startedIn, stop: () => stop(child) };
}

async function firstAnswer(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server has ended with ${child.exitCode}`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer) return void (await answer.arrayBuffer());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function pinned(command: string[]): string[] {
  return isPinned ? ['taskset', '-c', SERVER_CORE, ...command] : command;
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
