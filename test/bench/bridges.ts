import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Database } from './harness/databases.ts';
import { aPhone } from './harness/phones.ts';
import { atMost, milliseconds, type Row, shown } from './harness/row.ts';
import { freePort, type Server, startCommand, startGateway } from './harness/servers.ts';
import { median, withSpread } from './harness/statistics.ts';

/** Programs of others, in a folder of their own: they are no dependencies of the gateway. */
const FOLDER = resolve('test/bench/bridges');

const WARM_UP_CALLS = 300;
const ROUNDS = 10;
const CALLS_A_ROUND = 100;

const MCP_SERVER = [
  process.execPath,
  createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/dist/index.js'),
];
const ECHO = { name: 'echo', arguments: { message: 'hello there' } };

/** Something that calls `echo` of a server in a process of its own. */
interface Bridge {
  readonly name: string;
  readonly call: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** The same call of a tool through the gateway, with all that it does, and through bridges that only pass it on. */
export async function bridges(database: Database): Promise<Row[]> {
  install();
  const all = [
    await supergateway(),
    await mcpProxy(),
    await mcpHub(),
    await throughGateway(database),
  ];
  for (const { call } of all) for (let n = 0; n < WARM_UP_CALLS; n += 1) await call();
  const times = all.map(() => [] as number[]);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, { call }] of all.entries()) {
      for (let n = 0; n < CALLS_A_ROUND; n += 1) times[index]!.push(await timeOf(call));
    }
  }
  for (const { stop } of all) await stop();
  const others = times.slice(0, -1);
  const fastest = Math.min(...others.map((some) => median(some)));
  const own = times.at(-1)!;
  return [
    ...others.map((some, index) =>
      shown(`A call through ${all[index]!.name}`, withSpread(some, milliseconds)),
    ),
    atMost(
      'A chat through the gateway',
      median(own),
      fastest,
      milliseconds,
      withSpread(own, milliseconds),
    ),
  ];
}

function install(): void {
  if (existsSync(join(FOLDER, 'node_modules/mcp-hub'))) return;
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: FOLDER,
    stdio: 'ignore',
  });
}

async function supergateway(): Promise<Bridge> {
  const port = await freePort();
  const flags = ['--stateful', '--outputTransport', 'streamableHttp', '--logLevel', 'none'];
  const args = [
    '--stdio',
    MCP_SERVER.join(' '),
    '--port',
    String(port),
    '--healthEndpoint',
    '/health',
  ];
  const script = join(FOLDER, 'node_modules/supergateway/dist/index.js');
  const server = await startCommand(port, '/health', [script, ...args, ...flags]);
  return bridge('supergateway', server);
}

async function mcpProxy(): Promise<Bridge> {
  const port = await freePort();
  const script = join(FOLDER, 'node_modules/mcp-proxy/dist/bin/mcp-proxy.mjs');
  const flags = ['--server', 'stream', '--host', '127.0.0.1', '--port', String(port)];
  const server = await startCommand(port, '/ping', [script, ...flags, '--', ...MCP_SERVER]);
  return bridge('mcp-proxy', server);
}

async function bridge(name: string, server: Server): Promise<Bridge> {
  return { name, call: await aSession(`${server.url}/mcp`), stop: () => server.stop() };
}

/** By its REST interface, which is the faster one. */
async function mcpHub(): Promise<Bridge> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'bench-hub-'));
  const config = join(folder, 'servers.json');
  const [command, ...args] = MCP_SERVER;
  writeFileSync(config, JSON.stringify({ mcpServers: { everything: { command, args } } }));
  const script = join(FOLDER, 'node_modules/mcp-hub/dist/cli.js');
  const flags = ['--port', String(port), '--config', config];
  const server = await startCommand(port, '/api/health', [script, ...flags]);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const { name: tool, arguments: input } = ECHO;
  const body = JSON.stringify({ server_name: 'everything', tool, arguments: input });
  return {
    name: 'mcp-hub',
    call: async () =>
      void (await post(`${server.url}/api/servers/tools`, agent, body, {}, 'hello there')),
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

async function throughGateway(database: Database): Promise<Bridge> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-bridges-'));
  const [command, ...args] = MCP_SERVER;
  const profile = {
    id: 'everything',
    name: 'Everything',
    description: 'Repeats what it is told.',
    icon: 'sparkle',
    version: '1.0.0',
    engine: 'direct',
    servers: [{ name: 'everything', transport: 'stdio', command, args }],
    allowedTools: { everything: ['echo'] },
    defaultTool: { name: 'echo', argument: 'message' },
    limits: { seconds: 20, resultBytes: 65_536 },
    isolation: 'shared',
    active: true,
  };
  writeFileSync(join(folder, 'everything.json'), JSON.stringify(profile));
  const gateway = await startGateway({ ...(await database.fresh()), PROFILES_DIR: folder });
  const { token } = await aPhone(gateway.url, 'bridges');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { Authorization: `Bearer ${token}` };
  let conversation: string | undefined;
  return {
    name: 'the gateway',
    call: async () => {
      const body = {
        message: ECHO.arguments.message,
        profile_id: 'everything',
        conversation_id: conversation,
      };
      const url = `${gateway.url}/api/chat`;
      const { text } = await post(url, agent, JSON.stringify(body), headers, 'hello there');
      conversation ??= (JSON.parse(text) as { data: { conversationId: string } }).data
        .conversationId;
    },
    stop: async () => {
      await gateway.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Calls over one session of the streamable HTTP transport, on one connection. */
async function aSession(url: string): Promise<() => Promise<void>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const accept = { Accept: 'application/json, text/event-stream' };
  const protocolVersion = '2025-06-18';
  const clientInfo = { name: 'bench', version: '1' };
  const params = { protocolVersion, capabilities: {}, clientInfo };
  const hello = rpc({ id: 0, method: 'initialize', params });
  const { headers } = await post(url, agent, hello, accept, 'serverInfo');
  const session = {
    ...accept,
    'mcp-session-id': String(headers['mcp-session-id']),
    'mcp-protocol-version': protocolVersion,
  };
  await post(url, agent, rpc({ method: 'notifications/initialized' }), session, '');
  let id = 0;
  return async () => {
    const body = rpc({ id: (id += 1), method: 'tools/call', params: ECHO });
    await post(url, agent, body, session, 'hello there');
  };
}

function rpc(message: object): string {
  return JSON.stringify({ jsonrpc: '2.0', ...message });
}

interface Posted {
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

function post(
  url: string,
  agent: Agent,
  body: string,
  headers: Record<string, string>,
  expected: string,
): Promise<Posted> {
  return new Promise((done, reject) => {
    const all = {
      ...headers,
      'Content-Type': 'application/json',
      'Content-Length': String(Buffer.byteLength(body)),
    };
    const sent = request(url, { method: 'POST', agent, headers: all }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.once('end', () => {
        if (text.includes(expected)) done({ text, headers: answer.headers });
        else reject(new Error(`${url} answered with ${answer.statusCode}: ${text}`));
      });
    });
    sent.once('error', reject).end(body);
  });
}

async function timeOf(work: () => Promise<void>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}
