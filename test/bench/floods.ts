import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from './harness/databases.ts';
import { waitsOfOthers } from './harness/others.ts';
import { aPhone } from './harness/phones.ts';
import { atMost, count, milliseconds, ratio, type Row } from './harness/row.ts';
import { type Server, startGateway } from './harness/servers.ts';

/** Names of `harness/attacker.ts`, and what they do. */
const FLOODS = {
  idle: '10,000 idle connections',
  'slow-headers': '2,000 connections whose headers come slowly',
  'slow-bodies': '2,000 connections whose bodies come slowly',
  headers: 'Headers of 13 KB, 50 at once',
  'large-headers': 'Headers of 40 KB, 50 at once',
  json: 'Nested arrays, and objects of 5,000 keys, 50 at once',
  gzip: 'Bodies that unpack to 50 MB, 50 at once',
  paths: 'Paths and queries that servers read in different ways, 50 at once',
} as const;

/** How long others are watched. Bodies and headers run out of time after 15 s, and connections come again. */
const WATCHED_MS = 20_000;

let asked = 0;

/** A client of the proxy that the gateway trusts, another one with each call. */
const aClient = () => {
  asked += 1;
  return { 'X-Forwarded-For': `100.64.${(asked >> 8) & 255}.${asked & 255}` };
};

const CALLS = [
  { path: '/health', headers: aClient },
  { path: '/api/profiles', headers: aClient },
] as const;

/** What others wait during an attack, against what they wait without one. */
export async function floods(database: Database): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, what] of Object.entries(FLOODS)) {
    const gateway = await startGateway({
      ...(await database.fresh()),
      MAX_CONNECTIONS: '15000',
      LIMIT_API: '1000/1h',
      // The other phone stands behind a proxy, from another address with each call.
      TRUST_PROXY: '127.0.0.1',
    });
    rows.push(await rowOf(gateway, name, what));
    await gateway.stop();
  }
  return rows;
}

async function rowOf(gateway: Server, name: string, what: string): Promise<Row> {
  const { token } = await aPhone(gateway.url, 'bench');
  const watch = () => waitsOfOthers(gateway.url, token, CALLS, () => sleep(WATCHED_MS));
  await watch();
  const idle = await watch();
  const attacker = await startAttacker(name, gateway.url);
  const meanwhile = await watch();
  const sent = await end(attacker);
  const times = meanwhile.p99 / idle.p99;
  return atMost(
    what,
    times,
    5,
    ratio,
    `${ratio(times)} (${milliseconds(idle.p99)} to ${milliseconds(meanwhile.p99)}, ${count(sent)} sent)`,
  );
}

/** With the least claim to the core that it shares with those who wait. Resolves once its connections are open. */
async function startAttacker(name: string, url: string): Promise<ChildProcess> {
  const args = ['-n', '19', process.execPath, 'test/bench/harness/attacker.ts', name];
  const child = spawn('nice', [...args, new URL(url).port], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  await once(child, 'message');
  return child;
}

/** How often it has sent something. */
async function end(attacker: ChildProcess): Promise<number> {
  attacker.send('end');
  const [sent] = (await once(attacker, 'message')) as [number];
  return sent;
}
