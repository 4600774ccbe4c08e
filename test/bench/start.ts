import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from './harness/databases.ts';
import { atMost, megabytes, milliseconds, type Row } from './harness/row.ts';
import { freePort, startBareGateway } from './harness/servers.ts';
import { median, withSpread } from './harness/statistics.ts';

const COLD_STARTS = 7;
const NPM_STARTS = 3;

/** Longer than the process keeps what its start has left. Milliseconds. */
const IDLE_MS = 15_000;

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
  const idle = await idleMemory(environment);
  return [
    atMost('cold start', median(cold), 700, milliseconds, withSpread(cold, milliseconds)),
    atMost('memory when idle (RSS)', idle, 160, megabytes),
    atMost('`npm start`, nothing changed', median(unchanged), 3_000, milliseconds),
    atMost('`npm start` after `npm ci`', first, 12_000, milliseconds),
  ];
}

async function idleMemory(environment: Record<string, string>): Promise<number> {
  const gateway = await startBareGateway(environment);
  await sleep(IDLE_MS);
  const { now } = gateway.memory();
  await gateway.stop();
  return now / BYTES_OF_A_MEGABYTE;
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
