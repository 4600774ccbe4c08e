import { Logger } from '@nestjs/common';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { z } from 'zod';
import type { McpError } from '../mcp.error.js';
import { noBuiltInServers } from '../targets/built-in-servers.js';
import type { McpTarget } from '../targets/mcp-target.js';
import { aLegacyHttpServer, closeHttpServers, serveHttp } from '../testing/http-servers.js';
import { anMcpConfig } from '../testing/mcp-config.factory.js';
import { alice, aTarget, bob } from '../testing/mcp-target.factory.js';
import { McpConnections } from './mcp-connections.js';

describe('McpConnections over HTTP', () => {
  let connections: McpConnections;
  vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
  vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);

  beforeEach(() => {
    connections = new McpConnections(
      anMcpConfig({ secrets: new Map([['MCP_SECRET_TOKEN', 'a token']]) }),
      noBuiltInServers,
    );
  });
  afterEach(async () => {
    await connections.onApplicationShutdown();
    closeHttpServers();
  });

  const at = (url: string, overrides: Partial<McpTarget> = {}, headers = {}) =>
    aTarget({ name: 'remote', transport: 'http', url, headers }, overrides);
  const call = (target: McpTarget, tool = 'echo', args = {}, ms = 15_000) =>
    connections.callTool(target, tool, args, {
      signal: AbortSignal.timeout(ms),
      maxResultBytes: 100_000,
    });
  const failure = async (work: Promise<unknown>): Promise<McpError> => {
    try {
      await work;
    } catch (error) {
      return error as McpError;
    }
    throw new Error('It did not fail');
  };
  const answer = (response: ServerResponse, body: object) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ jsonrpc: '2.0', ...body }));
  };

  it('talks to server-everything', async () => {
    const { server, url } = await startEverything();
    try {
      const tools = await connections.listTools(at(url), { signal: AbortSignal.timeout(5000) });
      expect(tools.map(({ name }) => name)).toContain('echo');
      expect((await call(at(url), 'echo', { message: 'hi' })).text).toBe('Echo: hi');
    } finally {
      await connections.onApplicationShutdown();
      server.kill('SIGKILL');
    }
  });

  it('closes what it has dialled, however long the server would keep it open', async () => {
    const sockets = new Set<Socket>();
    const serve = aLegacyHttpServer(({ id }, response) => answer(response, { id, result: {} }));
    const url = await serveHttp((incoming, response) => {
      sockets.add(incoming.socket);
      incoming.socket.setTimeout(0);
      response.setHeader('keep-alive', 'timeout=600');
      serve(incoming, response);
    });
    await call(at(url));
    expect([...sockets].some(({ destroyed }) => !destroyed)).toBe(true);
    await connections.closeUser(alice);
    await vi.waitFor(() =>
      expect([...sockets].filter(({ destroyed }) => !destroyed)).toHaveLength(0),
    );
  });

  describe('a server of 2026', () => {
    const serveModern = () => {
      const handler = createMcpHandler(
        ({ requestInfo }) => {
          const server = new McpServer({ name: 'modern', version: '1' });
          server.registerTool(
            'whoami',
            { inputSchema: z.object({ region: z.string().optional() }) },
            () => ({
              content: [{ type: 'text', text: requestInfo?.headers.get('x-user') ?? 'nobody' }],
            }),
          );
          return server;
        },
        { legacy: 'reject' },
      );
      return serveHttp((request, response) => void toNodeHandler(handler)(request, response));
    };

    it('lists and calls tools, with the headers of the profile', async () => {
      const url = await serveModern();
      const headers = { 'x-user': '{userId}', authorization: 'Bearer {env:MCP_SECRET_TOKEN}' };
      const tools = await connections.listTools(at(url, {}, headers), {
        signal: AbortSignal.timeout(5000),
      });
      expect(tools).toMatchObject([{ name: 'whoami' }]);
      expect((await call(at(url, {}, headers), 'whoami')).text).toBe(alice);
      expect((await call(at(url, { accountId: bob }, headers), 'whoami')).text).toBe(bob);
    });
  });

  it.each<[string, string, (response: ServerResponse, id: number) => void]>([
    [
      'a web page',
      'mcp_protocol_error',
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Hi</h1>'),
    ],
    [
      'a redirect',
      'mcp_protocol_error',
      (response) => response.writeHead(307, { location: '/elsewhere' }).end(),
    ],
    [
      'invalid JSON',
      'mcp_protocol_error',
      (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{'),
    ],
    [
      'JSON that is no message',
      'mcp_protocol_error',
      (response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
    ],
    [
      'an answer to another request',
      'mcp_protocol_error',
      (response) => answer(response, { id: 99, result: { content: [] } }),
    ],
    ['nothing, accepted', 'mcp_protocol_error', (response) => response.writeHead(202).end()],
    ['status 500', 'mcp_unavailable', (response) => response.writeHead(500).end('at /srv/app.js')],
    ['a broken connection', 'mcp_unavailable', (response) => response.destroy()],
    [
      'an event stream that ends early',
      'mcp_unavailable',
      (response) =>
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end('id: 1\ndata:\n\n'),
    ],
    [
      'a body of 10 MB',
      'mcp_result_too_large',
      (response, id) =>
        answer(response, {
          id,
          result: { content: [{ type: 'text', text: 'x'.repeat(10 * 1024 * 1024) }] },
        }),
    ],
    [
      'a body without end',
      'mcp_result_too_large',
      (response) => flood(response, 'application/json', ' '.repeat(65_536)),
    ],
    [
      'an event stream without end',
      'mcp_result_too_large',
      (response) => flood(response, 'text/event-stream', `: ${'x'.repeat(65_536)}\n\n`),
    ],
    [
      'events that are no messages',
      'mcp_unavailable',
      (response) =>
        response
          .writeHead(200, { 'content-type': 'text/event-stream' })
          .end('data: {"jsonrpc"\n\n'),
    ],
  ])('fails fast when a call is answered with %s', async (_title, code, respond) => {
    const url = await serveHttp(aLegacyHttpServer(({ id }, response) => respond(response, id)));
    const start = performance.now();
    const error = await failure(call(at(url), 'echo', {}, 20_000));
    expect(error.code).toBe(code);
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(error.message).not.toMatch(/srv|127\.0\.0\.1|Hi/);
  });

  it.each<[string, string, (request: IncomingMessage, response: ServerResponse) => void]>([
    [
      'a web page',
      'mcp_protocol_error',
      (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    ],
    [
      'a redirect',
      'mcp_protocol_error',
      (_request, response) => response.writeHead(302, { location: '/login' }).end(),
    ],
    ['status 401', 'mcp_unavailable', (_request, response) => response.writeHead(401).end()],
    ['status 404', 'mcp_unavailable', (_request, response) => response.writeHead(404).end()],
    ['status 503', 'mcp_unavailable', (_request, response) => response.writeHead(503).end()],
    ['a broken connection', 'mcp_unavailable', (request) => request.destroy()],
  ])('does not connect to a server that answers with %s', async (_title, code, respond) => {
    const url = await serveHttp(respond);
    expect((await failure(call(at(url)))).code).toBe(code);
  });

  it('does not follow a redirect to another origin, so that credentials go nowhere else', async () => {
    let visits = 0;
    const elsewhere = await serveHttp((_request, response) => {
      visits += 1;
      response.writeHead(404).end();
    });
    const url = await serveHttp((_request, response) =>
      response.writeHead(307, { location: elsewhere }).end(),
    );
    await failure(call(at(url, {}, { authorization: 'Bearer {env:MCP_SECRET_TOKEN}' })));
    expect(visits).toBe(0);
  });

  it('reports a server that cannot be reached', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    expect((await failure(call(at(`http://127.0.0.1:${port}/mcp`)))).code).toBe('mcp_unavailable');
  });

  it('ends the exchange of a call that passed its deadline, and keeps the connection', async () => {
    const ended = vi.fn<() => void>();
    let calls = 0;
    const url = await serveHttp(
      aLegacyHttpServer(({ id }, response) => {
        calls += 1;
        if (calls > 1) return answer(response, { id, result: { content: [] } });
        response.on('close', ended);
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': waiting\n\n');
      }),
    );
    expect((await failure(call(at(url), 'echo', {}, 2000))).code).toBe('mcp_timeout');
    await vi.waitFor(() => expect(ended).toHaveBeenCalled(), 5000);
    expect((await call(at(url))).isError).toBe(false);
    expect(connections.health.summary().open).toBe(1);
  });

  it('reads an answer from an event stream, and ends a stream that stays open after it', async () => {
    const ended = vi.fn<() => void>();
    const url = await serveHttp(
      aLegacyHttpServer(({ id }, response) => {
        const message = {
          jsonrpc: '2.0',
          id,
          result: { content: [{ type: 'text', text: 'streamed' }] },
        };
        response.on('close', ended);
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(`data: ${JSON.stringify(message)}\n\n`);
      }),
    );
    expect((await call(at(url))).text).toBe('streamed');
    await vi.waitFor(() => expect(ended).toHaveBeenCalled(), 10_000);
  });
});

function flood(response: ServerResponse, type: string, chunk: string): void {
  response.writeHead(200, { 'content-type': type });
  const write = () => {
    while (!response.destroyed && response.write(chunk)) {
      // Until the buffer is full.
    }
  };
  response.on('drain', write);
  write();
}

async function startEverything(): Promise<{ server: ChildProcess; url: string }> {
  const probe = createServer().listen(0);
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const script = createRequire(import.meta.url).resolve(
    '@modelcontextprotocol/server-everything/dist/index.js',
  );
  const server = spawn(process.execPath, [script, 'streamableHttp'], {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  for await (const chunk of server.stderr) {
    if (String(chunk).includes('listening')) break;
  }
  return { server, url: `http://127.0.0.1:${port}/mcp` };
}
