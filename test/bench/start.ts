import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from './harness/databases.ts';
import { atMost, megabytes, milliseconds, type Row, shown } from './harness/row.ts';
import { freePort, startBareGateway } from './harness/servers.ts';
import { median, withSpread } from './harness/statistics.ts';

const COLD_STARTS = 7;
const NPM_STARTS = 3;

/** Longer than the process keeps what its start has left. Milliseconds. */
const IDLE_MS = 15_000;

/** How long its CPU time is counted. Milliseconds. */
const IDLE_CPU_MS = 30_000;

const BYTES_OF_A_MEGABYTE = 1024 ** 2;

/** Starts on a database that exists, and `npm start` with and without something to build. */
export async function start(database: Database): Promise<Row[]> {
  const environment = await database.fresh();
  const first = await npmStart(environment, { isBuilt: false });
  const unchanged = [];
  for (let run = 0; run < NPM_STARTS; run += 1) {
    unchanged.push(await npmStart(environment, { isBuilt: true }));
  }
  const cold = [];
  for (let run = 0; run < COLD_STARTS; run += 1) {
    const gateway = await startBareGateway(environment);
    cold.push(gateway.startedIn);
    await gateway.stop();
  }
  const idle = await idleProcess(environment);
  return [
    atMost('cold start', median(cold), 700, milliseconds, withSpread(cold, milliseconds)),
    atMost('memory when idle (RSS)', idle.memory, 160, megabytes),
    shown('CPU when idle, per second', milliseconds(idle.cpu)),
    atMost('`npm start`, nothing changed', median(unchanged), 3_000, milliseconds),
    atMost('`npm start` after `npm ci`', first, 12_000, milliseconds),
  ];
}

/** Memory in MB, and CPU time of all threads in milliseconds per second. */
async function idleProcess(environment: Record<string, string>) {
  const gateway = await startBareGateway(environment);
  await sleep(IDLE_MS);
  const memory = gateway.memory().now / BYTES_OF_A_MEGABYTE;
  const before = gateway.cpuTime();
  await sleep(IDLE_CPU_MS);
  const cpu = (gateway.cpuTime() - before) / IDLE_CPU_MS;
  await gateway.stop();
  return { memory, cpu };
}

/** How long `npm start` takes to the first answer. Milliseconds. */
async function npmStart(
  environment: Record<string, string>,
  { isBuilt }: { isBuilt: boolean },
): Promise<number> {
  if (!isBuilt) rmSync('dist', { recursive: true, force: true });
  const port = String(await freePort());
  const startedAt = performance.now();
  const npm = spawn('npm', ['start'], {
    env: { PATH: process.env.PATH, PORT: port, ...environment },
    stdio: 'ignore',
    // A group of its own: npm passes no signal on.
    detached: true,
  });
  const ended = once(npm, 'exit');
  while (!(await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined))) {
    if (npm.exitCode !== null) throw new Error(`npm start has ended with ${npm.exitCode}`);
    await sleep(5);
  }
  const took = performance.now() - startedAt;
  process.kill(-npm.pid!, 'SIGTERM');
  await ended;
  return took;
}
