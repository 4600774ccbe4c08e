import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Database } from './harness/databases.ts';
import { aPhone, post } from './harness/phones.ts';
import { atMost, kibibytes, milliseconds, type Row, shown } from './harness/row.ts';
import { type Server, startGateway } from './harness/servers.ts';

/** Runs that go on at once, and the phones that follow each. */
const RUNS = 50;
const STREAMS_PER_RUN = 100;
const STREAMS = RUNS * STREAMS_PER_RUN;

/** Streams that are opened at once. */
const OPENED_AT_ONCE = 100;

/** Streams whose cost is not that of the first ones. */
const WARM_UP_STREAMS = 200;

/** How long the process has to come to rest. Milliseconds. */
const REST_MS = 3_000;

const MOST_RSS_KIB = 60;
const MOST_HEAP_KIB = 15;
const MOST_EVENT_MS = 2_000;

const SLOW_SERVER = resolve('test/e2e/slow-server.mjs');

/** An open stream, and when its last event came. */
interface OpenStream {
  readonly socket: Socket;
  readonly begun: Promise<void>;
  readonly ended: Promise<void>;
}

/** Streams of answers that are waited for, and one event to all of them. */
export async function streams(database: Database): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-streams-'));
  const signal = join(folder, 'signal');
  const gateway = await startGateway({
    ...(await database.fresh()),
    PROFILES_DIR: aProfilesFolder(folder, signal),
    STREAMS_PER_USER: String(STREAMS),
    MAX_CONNECTIONS: '20000',
    MAX_CONNECTIONS_PER_IP: '20000',
  });
  const runs: { token: string; runId: string }[] = [];
  for (let n = 0; n < RUNS; n += 1) runs.push(await aRun(gateway, `streams-${n}`));
  const open: OpenStream[] = await openAll(gateway, runs, WARM_UP_STREAMS);
  const before = await restOf(gateway);
  open.push(...(await openAll(gateway, runs, STREAMS - WARM_UP_STREAMS)));
  const after = await restOf(gateway);
  const more = STREAMS - WARM_UP_STREAMS;
  const from = performance.now();
  writeFileSync(signal, '');
  await Promise.all(open.map(({ ended }) => ended));
  const elapsed = performance.now() - from;
  await gateway.stop();
  rmSync(folder, { recursive: true });
  return [
    shown('Open streams', `${STREAMS} of ${RUNS} runs`),
    atMost(
      'Memory of the process per open stream',
      (after.rss - before.rss) / more / 1024,
      MOST_RSS_KIB,
      kibibytes,
    ),
    atMost(
      'Heap per open stream',
      (after.heap - before.heap) / more / 1024,
      MOST_HEAP_KIB,
      kibibytes,
    ),
    atMost(
      'From the end of all runs to the last event of the last stream',
      elapsed,
      MOST_EVENT_MS,
      milliseconds,
    ),
  ];
}

function aProfilesFolder(folder: string, signal: string): string {
  const profile = {
    id: 'slow',
    name: 'Slow',
    description: 'Waits for a signal.',
    icon: 'clock',
    version: '1.0.0',
    engine: 'direct',
    servers: [
      {
        name: 'slow',
        transport: 'stdio',
        command: process.execPath,
        args: [SLOW_SERVER],
        env: { SIGNAL: signal },
      },
    ],
    allowedTools: { slow: ['wait_for_signal'] },
    limits: { seconds: 120, resultBytes: 65_536 },
    isolation: 'shared',
    active: true,
  };
  writeFileSync(join(folder, 'slow.json'), JSON.stringify(profile));
  return folder;
}

async function aRun({ url }: Server, name: string): Promise<{ token: string; runId: string }> {
  const { token } = await aPhone(url, name);
  const headers = { Authorization: `Bearer ${token}`, Prefer: 'respond-async' };
  const body = { profile_id: 'slow', message: '/wait_for_signal' };
  const answer = await post(`${url}/api/chat`, body, headers);
  const { data } = (await answer.json()) as { data: { runId: string } };
  return { token, runId: data.runId };
}

async function openAll(
  gateway: Server,
  runs: readonly { token: string; runId: string }[],
  count: number,
): Promise<OpenStream[]> {
  const open: OpenStream[] = [];
  while (open.length < count) {
    const some = Array.from({ length: Math.min(OPENED_AT_ONCE, count - open.length) }, (_, n) =>
      openOne(gateway, runs[(open.length + n) % runs.length]!),
    );
    await Promise.all(some.map(({ begun }) => begun));
    open.push(...some);
  }
  return open;
}

/** A bare socket: what a client of 5,000 streams holds itself must not take the machine's memory. */
function openOne({ url }: Server, { token, runId }: { token: string; runId: string }): OpenStream {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  socket.write(
    `GET /api/chat/runs/${runId}/events HTTP/1.1\r\nHost: ${hostname}\r\n` +
      `Authorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
  );
  socket.setEncoding('latin1').on('data', (text) => {
    if (String(text).includes('tool-input-available')) begun.resolve();
    if (String(text).includes('[DONE]')) ended.resolve();
  });
  socket.on('error', (error) => {
    begun.reject(error);
    ended.reject(error);
  });
  ended.promise.catch(() => undefined);
  return { socket, begun: begun.promise, ended: ended.promise };
}

async function restOf(gateway: Server): Promise<{ rss: number; heap: number }> {
  await new Promise((done) => setTimeout(done, REST_MS));
  const heap = await gateway.heap();
  return { rss: gateway.memory().now, heap };
}
