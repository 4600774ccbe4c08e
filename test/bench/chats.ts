import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, get as httpGet, request } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Database } from './harness/databases.ts';
import { aPhone } from './harness/phones.ts';
import {
  atMost,
  count,
  microseconds,
  milliseconds,
  ratio,
  type Row,
  shown,
} from './harness/row.ts';
import { type Server, startGateway } from './harness/servers.ts';
import { statementCounter } from './harness/statement-counter.ts';
import { median, quantile, withSpread } from './harness/statistics.ts';

const WARM_UP_CHATS = 600;
const ROUNDS = 10;
const CHATS_A_ROUND = 200;
const COUNTED_CHATS = 20;

/** Phones that chat at once, each on a connection of its own, and for how long. */
const PHONES = 64;
const CROWD_MS = 8_000;
/** How often a new connection asks for `/health` meanwhile. Milliseconds. */
const PROBE_EVERY_MS = 20;

/** Behind a proxy that is believed, so that each phone has an address of its own. */
const BEHIND_PROXY = { TRUST_PROXY: '127.0.0.0/8' };

const MOST_CPU_US = 1_000;
const MAX_CACHED_STATEMENTS = 6;
const MOST_COMMITS = 2;
const MOST_ADDED_MS = { SQLite: 1.5, PostgreSQL: 2.5 };
const MOST_HEALTH_MS = 20;
const MOST_SLOWNESS = 3;

const PROFILE = 'everything';
const MODULE = '@modelcontextprotocol/server-everything/dist/index.js';
const MESSAGE = 'hello there';

/** A chat that calls `echo` of an MCP server in a process of its own, and what it costs beside that call. */
export async function chats(database: Database): Promise<Row[]> {
  return [
    ...(await measureAlone(database)),
    ...(await measureStatements(database)),
    ...(await measureCrowd(database)),
  ];
}

async function measureAlone(database: Database): Promise<Row[]> {
  const gateway = await startGateway(await withProfile(database));
  const chat = await aChat(gateway, 'alone');
  for (let n = 0; n < WARM_UP_CHATS; n += 1) await chat();
  const cpu: number[] = [];
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = gateway.cpuTime();
    for (let n = 0; n < CHATS_A_ROUND; n += 1) times.push(await timeOf(chat));
    cpu.push((gateway.cpuTime() - before) / CHATS_A_ROUND);
  }
  await gateway.stop();
  const direct = await directCalls(times.length);
  const added = median(times) - median(direct);
  return [
    atMost(
      'CPU of the gateway per chat, all threads',
      median(cpu),
      MOST_CPU_US,
      microseconds,
      withSpread(cpu, microseconds),
    ),
    shown('Time of a call of the tool without the gateway', withSpread(direct, milliseconds)),
    atMost('What a chat adds to that, median', added, MOST_ADDED_MS[database.name], milliseconds),
  ];
}

/** By a gateway that does nothing else, as counting takes time. */
async function measureStatements(database: Database): Promise<Row[]> {
  const counter = await statementCounter(await withProfile(database));
  const gateway = await startGateway(counter.environment);
  const chat = await aChat(gateway, 'counted');
  await chat();
  counter.count();
  for (let n = 0; n < COUNTED_CHATS; n += 1) await chat();
  const { statements, commits } = counter.count();
  await gateway.stop();
  // Once a second the session is looked up as well, which rounding leaves out.
  const [perChat, commitsPerChat] = [statements / COUNTED_CHATS, commits / COUNTED_CHATS];
  return [
    atMost('Statements per chat', Math.floor(perChat), MAX_CACHED_STATEMENTS, count),
    atMost('Commits per chat', Math.floor(commitsPerChat), MOST_COMMITS, count),
  ];
}

async function measureCrowd(database: Database): Promise<Row[]> {
  const gateway = await startGateway({ ...(await withProfile(database)), ...BEHIND_PROXY });
  const phones: (() => Promise<void>)[] = [];
  for (let n = 0; n < PHONES; n += 1) {
    phones.push(await aChat(gateway, `crowd-${n}`, { 'X-Forwarded-For': `198.51.100.${n + 1}` }));
  }
  await crowd(gateway, phones);
  const { times, answers, health } = await crowd(gateway, phones);
  await gateway.stop();
  const slowness = Math.max(...times) / median(times);
  return [
    shown(`Chats per second, ${PHONES} at once`, count(times.length / (CROWD_MS / 1000))),
    atMost(
      '`/health` on a new connection meanwhile, 99th percentile',
      quantile(health, 0.99),
      MOST_HEALTH_MS,
      milliseconds,
    ),
    atMost('Slowest chat ÷ median', slowness, MOST_SLOWNESS, ratio),
    shown(
      'Answers per connection, fewest to most',
      `${count(Math.min(...answers))} to ${count(Math.max(...answers))}`,
    ),
  ];
}

interface Crowd {
  readonly times: readonly number[];
  readonly answers: readonly number[];
  readonly health: readonly number[];
}

async function crowd({ url }: Server, phones: readonly (() => Promise<void>)[]): Promise<Crowd> {
  const until = performance.now() + CROWD_MS;
  const times: number[] = [];
  const health: number[] = [];
  const probing = (async () => {
    while (performance.now() < until) {
      health.push(await timeOf(() => probe(`${url}/health`)));
      await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS));
    }
  })();
  const answers = await Promise.all(
    phones.map(async (chat) => {
      let answered = 0;
      for (; performance.now() < until; answered += 1) times.push(await timeOf(chat));
      return answered;
    }),
  );
  await probing;
  return { times, answers, health };
}

/** Chats in one conversation over one kept-alive connection. */
export async function aChat(
  { url }: Server,
  username: string,
  headers: Record<string, string> = {},
): Promise<() => Promise<void>> {
  const { token } = await aPhone(url, username);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let conversationId: string | undefined;
  const chat = async () => {
    const body = { message: MESSAGE, profile_id: PROFILE, conversation_id: conversationId };
    const sent = { ...headers, Authorization: `Bearer ${token}` };
    ({ conversationId } = await post(`${url}/api/chat`, agent, sent, JSON.stringify(body)));
  };
  await chat();
  return chat;
}

/** With as little work of its own as can be: the load must not be what is measured. */
function post(
  url: string,
  agent: Agent,
  given: Record<string, string>,
  body: string,
): Promise<{ conversationId: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
      ...given,
    };
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.once('end', () => {
        if (answer.statusCode === 200) {
          resolve((JSON.parse(text) as { data: { conversationId: string } }).data);
        } else reject(new Error(`a chat was answered with ${answer.statusCode}: ${text}`));
      });
    });
    sent.once('error', reject).end(body);
  });
}

function probe(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    httpGet(url, { agent: false }, (answer) => {
      answer.resume().once('end', resolve);
    }).once('error', reject);
  });
}

async function directCalls(times: number): Promise<number[]> {
  const client = new Client({ name: 'bench', version: '1' });
  const script = createRequire(import.meta.url).resolve(MODULE);
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [script, 'stdio'],
      stderr: 'ignore',
    }),
  );
  const call = async () => {
    await client.callTool({ name: 'echo', arguments: { message: MESSAGE } });
  };
  for (let n = 0; n < WARM_UP_CHATS; n += 1) await call();
  const taken: number[] = [];
  for (let n = 0; n < times; n += 1) taken.push(await timeOf(call));
  await client.close();
  return taken;
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/**
 * Of a gateway without quotas that serves the profile for developers in production, with one process for all: 64 of them
 * would be what is measured.
 */
export async function withProfile(database: Database): Promise<Record<string, string>> {
  const environment = await database.fresh();
  const folder = join(environment.DATA_DIR!, 'bench-profiles');
  mkdirSync(folder);
  const file = `${PROFILE}.json`;
  const profile = JSON.parse(readFileSync(`apps/gateway/profiles/${file}`, 'utf8')) as object;
  const served = { ...profile, $schema: undefined, developmentOnly: false, isolation: 'shared' };
  writeFileSync(join(folder, file), JSON.stringify(served));
  const quotas = { QUOTA_MESSAGES: '100000000', QUOTA_HISTORY_MB: '1000000' };
  return { ...environment, ...quotas, PROFILES_DIR: folder };
}
