import { Logger } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { McpConnections } from '../connections/mcp-connections.js';
import type { McpDialog } from '../dialog/mcp-dialog.js';
import { noBuiltInServers } from '../targets/built-in-servers.js';
import { closeHttpServers, serveHttp } from '../testing/http-servers.js';
import { anMcpConfig } from '../testing/mcp-config.factory.js';
import { aTarget } from '../testing/mcp-target.factory.js';
import { anOddHttpServer, callAnswer, type Oddity, sendText } from '../testing/odd-http-server.js';

describe('the standing stream of a session', () => {
  vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
  vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  let connections: McpConnections;
  beforeEach(() => {
    connections = new McpConnections(anMcpConfig(), noBuiltInServers);
  });
  afterEach(async () => {
    await connections.onApplicationShutdown();
    closeHttpServers();
  });

  const questions: string[] = [];
  const dialog: McpDialog = {
    allowsPlainHttp: true,
    ask: ({ message }) => {
      questions.push(message);
      return Promise.resolve({ action: 'accept', content: {} });
    },
  };
  const callAt = async (url: string) => {
    const outcome = await connections.callTool(
      aTarget({ name: 'remote', transport: 'http', url }),
      'echo',
      { text: 'hi' },
      { signal: AbortSignal.timeout(15_000), maxResultBytes: 1000, dialog },
    );
    if ('questions' in outcome) throw new Error('It is asked between two calls');
    return outcome;
  };
  const begin = (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
  };

  it('takes what a server asks in the middle of each call', async () => {
    const asked: unknown[] = [];
    let stream: ServerResponse;
    let finish: () => void;
    const GET: Oddity = ({ request, response }) => {
      asked.push(request.headers['mcp-session-id']);
      begin((stream = response));
    };
    const url = await serveHttp(
      anOddHttpServer({
        GET,
        'tools/call': ({ answer }) => {
          finish = answer;
          const params = { message: 'Sure?', requestedSchema: { type: 'object', properties: {} } };
          const question = { jsonrpc: '2.0', id: 'q', method: 'elicitation/create', params };
          stream.write(`data: ${JSON.stringify(question)}\n\n`);
        },
        // The answer of the client to what it was asked.
        undefined: ({ response }) => {
          response.writeHead(202).end();
          finish();
        },
      }),
    );
    expect((await callAt(url)).text).toBe('{"text":"hi"}');
    expect((await callAt(url)).text).toBe('{"text":"hi"}');
    expect([asked, questions]).toEqual([['session-1'], ['Sure?', 'Sure?']]);
  });

  it.each([
    ['has none', ({ response }) => response.writeHead(405).end(), 1],
    ['answers with a page', ({ response }) => sendText(response, 'Hello', 'text/html'), 1],
    ['ends it at once', ({ response }) => sendText(response, ''), 2],
  ] as [string, Oddity, number][])(
    'is asked for at most once a call of a server that %s',
    async (_case, GET, times) => {
      const get = vi.fn<Oddity>(GET);
      const url = await serveHttp(anOddHttpServer({ GET: get }));
      for (let call = 0; call < 2; call += 1) expect((await callAt(url)).isError).toBe(false);
      expect(get).toHaveBeenCalledTimes(times);
    },
  );

  it('does not hold up a call for long where the server is silent', async () => {
    const url = await serveHttp(anOddHttpServer({ GET: () => undefined }));
    expect((await callAt(url)).text).toBe('{"text":"hi"}');
  });

  it('breaks where a message has no end, and the calls go on', async () => {
    const flood: Oddity = ({ response }) => {
      begin(response);
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) {}
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    const closed = vi.fn<() => void>();
    const url = await serveHttp(
      anOddHttpServer({
        GET: (exchange) => {
          exchange.response.once('close', closed);
          flood(exchange);
        },
        'tools/call': ({ asked, response }) =>
          sendText(response, callAnswer(asked), 'application/json'),
      }),
    );
    expect((await callAt(url)).text).toBe('{"text":"hi"}');
    await expect.poll(() => closed.mock.calls.length, { timeout: 10_000 }).toBe(1);
  });
});
