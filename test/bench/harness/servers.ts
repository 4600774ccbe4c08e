import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import type { LoopDelays } from './event-loop.ts';

const aSecret = () => randomBytes(48).toString('base64url');

/** The bare servers read tokens of the gateway. */
const JWT_SECRET = aSecret();
const PASSWORD_PEPPER = aSecret();

const SERVER_CORE = '0';
const LOAD_CORE = '1';

/** The kernel's unit of CPU time in /proc, on every architecture that Node.js runs on. Microseconds. */
const TICK_US = 10_000;

/** A server under test, on a core of its own. */
export interface Server {
  readonly url: string;
  readonly pid: number;
  /** From the start of the process to the first answer. Milliseconds. */
  readonly startedIn: number;
  /** What all threads of the process have used so far, by the kernel's accounting. Microseconds. */
  cpuTime(): number;
  /** Memory of the process now, and the most it ever had. Bytes. */
  memory(): { readonly now: number; readonly most: number };
  /** What lives in its heap, after a collection. Bytes. */
  heap(): Promise<number>;
  /** Has it collect, and give the pages that are free back to the system: V8 keeps those of its last load otherwise. */
  giveMemoryBack(): Promise<void>;
  /** How long its event loop kept timers waiting while `work` ran. */
  loopDelays(work: () => Promise<unknown>): Promise<LoopDelays>;
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

/** Loads what answers `loopDelays`. */
const WATCHED = ['--import', './test/bench/harness/event-loop.ts'];

/** Every limit is counted as ever; only none is reached. */
const OUT_OF_REACH = {
  LIMIT_API: '100000000/1h',
  LIMIT_GLOBAL: '100000000/15m',
  LIMIT_LOGIN: '100000000/15m',
  LIMIT_CHAT: '100000000/1m',
  LIMIT_DEVICE: '100000000/1h',
  LIMIT_ANONYMOUS: '100000000/1d',
  LIMIT_EXPORT: '100000000/1h',
  LIMIT_FILES: '100000000/15m',
  LOCKOUT_AFTER: '100',
  SPRAY_ADDRESS: '100000000/15m',
  SPRAY_ALL: '100000000/15m',
};

/** The built gateway in production mode. `environment` is that of `Database.fresh`, and whatever the scenario varies. */
export function startGateway(environment: Record<string, string>): Promise<Server> {
  return startBuilt([...WATCHED, 'dist/apps/gateway/src/main.js'], environment);
}

/** The same without a watch of its event loop, which takes time to load. */
export function startBareGateway(environment: Record<string, string>): Promise<Server> {
  return startBuilt(['dist/apps/gateway/src/main.js'], environment);
}

async function startBuilt(args: string[], environment: Record<string, string>): Promise<Server> {
  const port = await freePort();
  return start(port, '/health', args, {
    NODE_ENV: 'production',
    PORT: String(port),
    JWT_SECRET,
    PASSWORD_PEPPER,
    ...OUT_OF_REACH,
    ...environment,
  });
}

/** A server without policies that answers `GET /api/profiles` with these bytes. */
export async function startBareServer(kind: 'verifies' | 'remembers', payload: string) {
  const port = await freePort();
  return start(port, '/api/profiles', [...WATCHED, 'test/bench/harness/bare-server.ts'], {
    NODE_ENV: 'production',
    BENCH_PORT: String(port),
    BENCH_KIND: kind,
    BENCH_SECRET: JWT_SECRET,
    BENCH_PAYLOAD: payload,
  });
}

/** A program of others, which is ready when it answers `probe`. */
export function startCommand(port: number, probe: string, args: string[]): Promise<Server> {
  return start(port, probe, args, { NODE_ENV: 'production' });
}

/** Runs a script to its end on the server's core and resolves with what it printed. */
export async function runOnServerCore(
  args: string[],
  environment: Record<string, string> = {},
): Promise<string> {
  const child = spawnPinned(args, environment, ['ignore', 'pipe', 'inherit']);
  let text = '';
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  await once(child, 'close');
  return text;
}

/** A command of the operator's, run to its end on the server's core. */
export interface RunCommand {
  /** The beginning of what it printed; the rest is only counted. */
  readonly text: string;
  readonly lines: number;
  /** The most memory that it ever had. Bytes. */
  readonly most: number;
  /** From the start of the process to its end. Milliseconds. */
  readonly took: number;
}

/** How often the memory of a command is looked at: the kernel keeps the highest. Milliseconds. */
const WATCH_MS = 20;

/** Characters. */
const KEPT_OUTPUT = 1_000_000;

const LINE_END = 10;

/** @throws unless it exits with 0 */
export async function runCommand(
  words: string[],
  environment: Record<string, string>,
): Promise<RunCommand> {
  const startedAt = performance.now();
  const child = spawnPinned(
    ['dist/apps/gateway/src/cli.js', ...words],
    { NODE_ENV: 'production', JWT_SECRET, PASSWORD_PEPPER, ...environment },
    ['ignore', 'pipe', 'inherit'],
  );
  let [text, lines, most] = ['', 0, 0];
  child.stdout!.on('data', (chunk: Buffer) => {
    if (text.length < KEPT_OUTPUT) text += chunk.toString();
    for (let at = chunk.indexOf(LINE_END); at >= 0; at = chunk.indexOf(LINE_END, at + 1))
      lines += 1;
  });
  const watch = setInterval(() => {
    // Of one that has ended there is nothing left to read.
    if (child.exitCode === null && child.signalCode === null) most = mostOf(child.pid!) ?? most;
  }, WATCH_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(watch);
  if (code !== 0) throw new Error(`${words.slice(0, 2).join(' ')} has ended with ${code}`);
  return { text, lines, most, took: performance.now() - startedAt };
}

function mostOf(pid: number): number | undefined {
  try {
    return memoryOf(pid).most;
  } catch {
    return undefined;
  }
}

async function start(
  port: number,
  probe: string,
  args: string[],
  environment: Record<string, string>,
): Promise<Server> {
  const startedAt = performance.now();
  // The log is written as in production, to a pipe that is read.
  const child = spawnPinned(args, environment, ['ignore', 'pipe', 'inherit', 'ipc']);
  child.stdout!.resume();
  const url = `http://127.0.0.1:${port}`;
  await firstAnswer(`${url}${probe}`, child);
  const startedIn = performance.now() - startedAt;
  const pid = child.pid!;
  return {
    url,
    pid,
    startedIn,
    cpuTime: () => cpuTimeOf(pid),
    memory: () => memoryOf(pid),
    heap: () => heapOf(child),
    giveMemoryBack: () => giveMemoryBack(child),
    loopDelays: (work) => loopDelaysOf(child, work),
    stop: () => stop(child),
  };
}

function spawnPinned(
  args: string[],
  environment: Record<string, string>,
  stdio: ('ignore' | 'pipe' | 'inherit' | 'ipc')[],
): ChildProcess {
  const command = [process.execPath, ...args];
  const [executable, ...rest] = isPinned ? ['taskset', '-c', SERVER_CORE, ...command] : command;
  const child = spawn(executable!, rest, {
    env: { PATH: process.env.PATH, ...environment },
    stdio,
  });
  // A scenario that fails leaves none behind.
  const end = () => void child.kill('SIGKILL');
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  return child;
}

async function firstAnswer(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server has ended with ${child.exitCode}`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer) return void (await answer.arrayBuffer());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Fields 14 and 15 of proc_pid_stat(5); the name of the process, before them, can hold spaces. */
function cpuTimeOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

function memoryOf(pid: number): { now: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytesOf = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)![1]) * 1024;
  return { now: bytesOf('VmRSS'), most: bytesOf('VmHWM') };
}

async function loopDelaysOf(
  child: ChildProcess,
  work: () => Promise<unknown>,
): Promise<LoopDelays> {
  child.send('watch event loop');
  await work();
  const reported = once(child, 'message');
  child.send('report event loop');
  const [delays] = (await reported) as [LoopDelays];
  return delays;
}

async function heapOf(child: ChildProcess): Promise<number> {
  const reported = once(child, 'message');
  child.send('report heap');
  const [bytes] = (await reported) as [number];
  return bytes;
}

async function giveMemoryBack(child: ChildProcess): Promise<void> {
  const given = once(child, 'message');
  child.send('give memory back');
  await given;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
