import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeHttpServers, serveHttp } from '../../libs/mcp/src/testing/http-servers.js';
import { type ModelServer, startModelServer } from '../../libs/models/src/testing/model-server.js';
import { calls, says } from '../../libs/models/src/testing/open-ai-answers.js';
import { aUser, call, say, type User } from './client.ts';
import { aSecret, type Gateway, linesOf, startGateway } from './gateway.ts';
import { aModelFile, aModelsDir, MODEL_KEY } from './models.ts';
import { aProfile, aProfilesDir } from './profiles.ts';

interface KeptSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly status: { readonly code?: number };
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly object[] };
    readonly scopeSpans: readonly { readonly spans: readonly KeptSpan[] }[];
  }[];
}

/** What the collector was sent, in the JSON of OTLP. */
const exports: { readonly key: string | undefined; readonly body: string }[] = [];
const spans = () =>
  exports.flatMap(({ body }) =>
    (JSON.parse(body) as Export).resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap((scope) => scope.spans),
    ),
  );
const ofTrace = (traceId: string) => spans().filter((span) => span.traceId === traceId);

/** As the specification has it: the caller's trace, the caller's span, and that it is kept. */
function aTrace() {
  const traceId = aSecret().replaceAll('-', '').slice(0, 32);
  const spanId = traceId.slice(0, 16);
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-01` } };
}

const seen: Record<'own' | 'other', (string | undefined)[]> = { own: [], other: [] };
const key = aSecret();
let collector: Server;
let models: ModelServer;
let gateway: Gateway;
let user: User;
let environment: Record<string, string>;

/** A server that notes which trace it is told. */
async function aServer(name: 'own' | 'other', changes: object = {}) {
  const url = await serveHttp((request, response) => {
    const trace = request.headers.traceparent as string | undefined;
    const handler = createMcpHandler(() => {
      const server = new McpServer({ name, version: '1.0.0' });
      server.registerTool('greet', { description: 'Says hello.' }, () => {
        seen[name].push(trace);
        return { content: [{ type: 'text', text: 'hello' }] };
      });
      return server;
    });
    void toNodeHandler(handler)(request, response);
  });
  return aProfile(name, {
    servers: [{ name, transport: 'http', url, allowPrivateAddresses: ['127.0.0.1'], ...changes }],
    allowedTools: { [name]: ['greet'] },
  });
}

beforeAll(async () => {
  collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      exports.push({ key: request.headers['x-key'] as string | undefined, body });
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((done) => void collector.listen(0, '127.0.0.1', done));
  models = await startModelServer(says('Hello.'));
  const { port } = collector.address() as AddressInfo;
  environment = {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_HEADERS: `x-key=${key}`,
    MODELS_DIR: aModelsDir(aModelFile('main', models.url, { default: true })),
    PROFILES_DIR: aProfilesDir({
      'own.json': await aServer('own', { passTrace: true }),
      'other.json': await aServer('other'),
      'thinking.json': aProfile('thinking', {
        engine: 'model',
        model: { titles: false },
        toolRisks: { add_note: 'trusted-write' },
      }),
    }),
    [MODEL_KEY]: aSecret(),
  };
  gateway = await startGateway({
    environment: { ...environment, TRUST_PROXY: 'loopback', TRACE_PARENT_OF_PROXIES: 'true' },
  });
  user = await aUser(gateway);
});
afterAll(async () => {
  closeHttpServers();
  collector.closeAllConnections();
  collector.close();
  await models.close();
});

const chat = (trace: ReturnType<typeof aTrace>, profile: string, message: string) =>
  call(gateway, '/api/chat', {
    token: user.token,
    headers: trace.headers,
    body: { message, profile_id: profile },
  });

describe('a trace', () => {
  it('goes from the caller through request, run, model and tool to the database', async () => {
    const text = 'the words of a person';
    models.answer(calls({ name: 'add_note', text: `{"title":"T","text":"${text}"}` }), says('Ok.'));
    const trace = aTrace();
    const { headers, status } = await chat(trace, 'thinking', text);
    expect(status).toBe(200);
    const names = () => ofTrace(trace.traceId).map(({ name }) => name);
    await expect.poll(names).toContain('POST /api/chat');
    const kept = ofTrace(trace.traceId);
    const one = (name: string) => kept.find((span) => span.name === name)!;
    const request = one('POST /api/chat');
    expect(request.parentSpanId).toBe(trace.spanId);
    const byId = new Map(kept.map((span) => [span.spanId, span]));
    const parentOf = (span: KeptSpan) => byId.get(span.parentSpanId ?? '')?.name;
    expect(parentOf(one('run'))).toBe('POST /api/chat');
    expect(parentOf(one('chat main'))).toBe('run');
    expect(kept.filter(({ name }) => name === 'chat main')).toHaveLength(2);
    const tool = one('execute_tool add_note');
    expect(parentOf(tool)).toBe('run');
    // What the built-in server writes is a part of the call of its tool.
    const statements = kept.filter(({ attributes }) =>
      attributes.some((attribute) => attribute.key === 'db.query.summary'),
    );
    expect(statements.map((span) => parentOf(span))).toEqual(
      expect.arrayContaining(['POST /api/chat', 'run']),
    );
    // Each span hangs together with the request.
    expect(kept.filter((span) => !byId.has(span.parentSpanId ?? ''))).toEqual([request]);
    // Its log lines name it.
    const lines = await linesOf(gateway, headers);
    for (const line of lines) expect(line).toContain(`"traceId":"${trace.traceId}"`);
  });

  it('holds nothing of people: no text, name, id, token or value', async () => {
    const wrong = { username: user.username, password: 'a wrong password' };
    await call(gateway, '/api/auth/login', { body: wrong });
    await say(gateway, user, 'notes', '/add_note title=Difference text=engine');
    await expect.poll(() => spans().map(({ name }) => name)).toContain('execute_tool add_note');
    await expect.poll(() => spans().map(({ name }) => name)).toContain('POST /api/auth/login');
    const all = exports.map(({ body }) => body).join('\n');
    for (const word of [
      user.username,
      user.userId,
      user.token,
      'Difference',
      'the words',
      'wrong',
    ]) {
      expect(all).not.toContain(word);
    }
    const keys = new Set(spans().flatMap(({ attributes }) => attributes.map((one) => one.key)));
    // Where something has failed, a code.
    keys.delete('error.type');
    expect([...keys].toSorted()).toEqual([
      'db.query.summary',
      'db.system.name',
      'gateway.profile',
      'gateway.run.outcome',
      'gateway.tool.outcome',
      'gen_ai.operation.name',
      'gen_ai.request.model',
      'gen_ai.response.time_to_first_chunk',
      'gen_ai.tool.name',
      'http.request.method',
      'http.response.status_code',
      'http.route',
      'mcp.server',
    ]);
    expect(exports.every((one) => one.key === key)).toBe(true);
  });

  it('goes on at servers of the operator’s own, and is unknown to others', async () => {
    const trace = aTrace();
    await chat(trace, 'own', '/greet {}');
    await chat(trace, 'other', '/greet {}');
    await expect
      .poll(() => ofTrace(trace.traceId).map(({ name }) => name))
      .toContain('execute_tool greet');
    const tools = ofTrace(trace.traceId).filter(({ name }) => name === 'execute_tool greet');
    expect(seen.own).toHaveLength(1);
    expect(tools.map(({ spanId }) => `00-${trace.traceId}-${spanId}-01`)).toContain(seen.own[0]);
    expect(seen.other).toEqual([undefined]);
  });
});

describe('a gateway that believes no caller', () => {
  it('begins a trace of its own, and serves while its collector hangs', async () => {
    const hanging = createServer(() => {});
    await new Promise<void>((done) => void hanging.listen(0, '127.0.0.1', done));
    const { port } = hanging.address() as AddressInfo;
    const other = await startGateway({
      environment: { ...environment, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` },
    });
    const trace = aTrace();
    const { headers } = await call(other, '/api/profiles', { headers: trace.headers });
    const [line] = await linesOf(other, headers);
    expect(line).toMatch(/"traceId":"[\da-f]{32}"/);
    expect(line).not.toContain(trace.traceId);
    // More than waits for a collector at most.
    for (let n = 0; n < 30; n += 1) {
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => call(other, '/api/profiles')),
      );
      expect(answers.every(({ status }) => status === 401)).toBe(true);
    }
    const began = performance.now();
    expect(await other.stop()).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);
    hanging.closeAllConnections();
    hanging.close();
  });
});
