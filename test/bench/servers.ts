import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const SECRET = 'benchmark-secret-benchmark-secret-benchmark';
const SERVER_CORE = '0';

/** A server under test, on a core of its own. */
export interface Server {
  readonly url: string;
  /** From the start of the process to the first answer. Milliseconds. */
  readonly startedIn: number;
  stop(): Promise<void>;
}

/** Without `taskset` the servers share all cores with the load, and the numbers are only a hint. */
export const isPinned = (() => {
  try {
    execFileSync('taskset', ['-c', SERVER_CORE, 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

export const dataDir = mkdtempSync(join(tmpdir(), 'gateway-bench-'));

export function startGateway(port: number): Promise<Server> {
  return start(port, '/health', ['dist/apps/gateway/src/main.js'], {
    NODE_ENV: 'production',
    PORT: String(port),
    DATA_DIR: dataDir,
    JWT_SECRET: SECRET,
    PASSWORD_PEPPER: SECRET,
    // Every limit is counted as ever; only none is reached.
    LIMIT_API: '100000000/1h',
    LIMIT_GLOBAL: '100000000/15m',
    LIMIT_LOGIN: '100000000/15m',
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

export function cleanUp(): void {
  rmSync(dataDir, { recursive: true, force: true });
}

async function start(
  port: number,
  probe: string,
  args: string[],
  environment: Record<string, string>,
): Promise<Server> {
  const command = [process.execPath, ...args];
  const [executable, ...rest] = isPinned ? ['taskset', '-c', SERVER_CORE, ...command] : command;
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

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
