import { Logger } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { noBuiltInServers } from '../targets/built-in-servers.js';
import type { McpTarget } from '../targets/mcp-target.js';
import { closeHttpServers, serveHttp } from '../testing/http-servers.js';
import { anMcpConfig } from '../testing/mcp-config.factory.js';
import { aTarget } from '../testing/mcp-target.factory.js';
import {
  anOddHttpServer,
  callAnswer,
  sendJson,
  sendText,
  type Asked,
  type Oddity,
} from '../testing/odd-http-server.js';
import { McpConnections } from './mcp-connections.js';

const HI = { text: '{"text":"hi"}', isError: false };

describe('an HTTP server in a dialect', () => {
  let connections: McpConnections;
  vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
  const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);

  beforeEach(() => {
    vi.clearAllMocks();
    connections = new McpConnections(
      anMcpConfig({ secrets: new Map([['MCP_SECRET_TOKEN', 'token-77aa']]) }),
      noBuiltInServers,
    );
  });
  afterEach(async () => {
    await connections.onApplicationShutdown();
    closeHttpServers();
  });

  const at = (url: string, headers = {}) =>
    aTarget({ name: 'remote', transport: 'http', url, headers });
  const call = (target: McpTarget, ms = 30_000) =>
    connections.callTool(
      target,
      'echo',
      { text: 'hi' },
      {
        signal: AbortSignal.timeout(ms),
        maxResultBytes: 100_000,
      },
    );
  const serve = async (oddities: Record<string, Oddity>) =>
    at(await serveHttp(anOddHttpServer(oddities)));
  const events = (event: string) =>
    warn.mock.calls
      .map(([line]) => line as Record<string, unknown>)
      .filter((line) => line.event === event);
  const status =
    (code: number, body?: string, type = 'text/plain') =>
    (response: ServerResponse) => {
      response.writeHead(code, { 'content-type': type }).end(body);
    };

  it.each<[string, (response: ServerResponse, asked: Asked) => void]>([
    ['500', status(500, 'TypeError: id must be int')],
    ['401', status(401)],
    ['403', status(403)],
    ['404', status(404, 'Invalid session ID')],
    ['405', status(405)],
    ['503', status(503)],
    ['204', (response) => void response.writeHead(204).end()],
    ['202', status(202)],
    ['a text', status(200, 'ok')],
    ['a web page', status(200, '<p>Hi', 'text/html')],
    ['an empty body', status(200, '', 'application/json')],
    ['invalid JSON', status(200, '{', 'application/json')],
    ['a result that is none', (response, { id }) => sendJson(response, { id, result: {} })],
    [
      'an error with a null id',
      (response) => sendJson(response, { id: null, error: { code: -32600, message: 'no' } }, 400),
    ],
    [
      'a redirect elsewhere',
      (response) => void response.writeHead(302, { location: '/login' }).end(),
    ],
    ['a broken connection', (response) => void response.destroy()],
    ['silence', () => undefined],
    [
      'a stream without events',
      (response) =>
        void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n'),
    ],
  ])(
    'that answers the question of its era with %s is begun with as an old one',
    async (_title, respond) => {
      const target = await serve({
        'server/discover': ({ response, asked }) => respond(response, asked),
      });
      expect(await call(target)).toEqual(HI);
      expect(warn).not.toHaveBeenCalled();
    },
  );

  it.each<[string, (response: ServerResponse) => void]>([
    ...[200, 202, 204, 400, 404, 500].map((code): [string, (response: ServerResponse) => void] => [
      `${code}`,
      (response) => void response.writeHead(code).end(),
    ]),
    ['null', status(200, 'null', 'application/json')],
    ['silence', () => undefined],
  ])('that answers the notice of a begun session with %s goes on', async (_title, respond) => {
    const target = await serve({
      'notifications/initialized': ({ response }) => respond(response),
    });
    expect(await call(target)).toEqual(HI);
  });

  it.each([307, 308])('is followed to another path of its own with %i', async (code) => {
    const target = await serve({
      any: ({ request, response, answer }) =>
        request.url === '/mcp'
          ? void response.writeHead(code, { location: '/mcp/' }).end()
          : answer(),
    });
    expect(await call(target)).toEqual(HI);
  });

  it.each([301, 302, 303])(
    'that redirects with %i is not followed, and the log says so',
    async (code) => {
      const target = await serve({
        any: ({ response }) =>
          void response.writeHead(code, { location: '/mcp/?key=token-77aa' }).end(),
      });
      await expect(call(target)).rejects.toMatchObject({ code: 'mcp_protocol_error' });
      expect(events('mcp.failed')).toEqual([
        expect.objectContaining({
          statusCode: code,
          reason: expect.stringMatching(
            /redirects to http:\/\/127\.0\.0\.1:\d+\/mcp\/\. Only 307/,
          ) as string,
        }),
      ]);
    },
  );

  it.each([
    ['401', status(401, 'token-77aa is wrong'), 401, 'mcp_unavailable'],
    ['503', status(503), 503, 'mcp_unavailable'],
    ['421', status(421, 'Invalid Host header'), 421, 'mcp_unavailable'],
    ['a web page', status(200, '<p>', 'text/html'), 200, 'mcp_protocol_error'],
  ])(
    'that cannot be used as it answers %s is logged with the status',
    async (_title, respond, statusCode, code) => {
      const target = await serve({ any: ({ response }) => respond(response) });
      await expect(call(target)).rejects.toMatchObject({ code });
      expect(events('mcp.failed')).toEqual([
        expect.objectContaining({
          server: 'remote',
          code,
          statusCode,
          reason: expect.any(String) as string,
        }),
      ]);
      expect(JSON.stringify(warn.mock.calls)).not.toContain('token-77aa');
    },
  );

  it('that ends its stream without an answer is logged with the tool, the status and the reason', async () => {
    const target = await serve({ 'tools/call': ({ response }) => sendText(response, ': hi\n\n') });
    await expect(call(target)).rejects.toMatchObject({ code: 'mcp_unavailable' });
    expect(events('mcp.call.failed')).toEqual([
      expect.objectContaining({
        tool: 'echo',
        statusCode: 200,
        reason: expect.stringContaining('ended without an answer') as string,
      }),
    ]);
  });

  it('that fails a call is logged with the tool and the status', async () => {
    const target = await serve({ 'tools/call': ({ response }) => status(502)(response) });
    await expect(call(target)).rejects.toMatchObject({ code: 'mcp_unavailable' });
    expect(events('mcp.call.failed')).toEqual([
      expect.objectContaining({
        server: 'remote',
        tool: 'echo',
        statusCode: 502,
        code: 'mcp_unavailable',
      }),
    ]);
  });

  it('whose words name a secret has it masked in the log', async () => {
    const url = await serveHttp(
      anOddHttpServer({
        'tools/list': ({ response, asked }) =>
          sendJson(response, {
            id: asked.id,
            error: { code: 1, message: 'token-77aa is revoked' },
          }),
      }),
    );
    const target = at(url, { authorization: 'Bearer {env:MCP_SECRET_TOKEN}' });
    const work = connections.listTools(target, { signal: AbortSignal.timeout(30_000) });
    await expect(work).rejects.toMatchObject({ code: 'mcp_protocol_error' });
    expect(events('mcp.call.failed')).toEqual([
      expect.objectContaining({
        reason: expect.stringContaining('Error 1: [secret] is revoked') as string,
      }),
    ]);
  });

  it('is called by the protocol version that it answered with', async () => {
    const versions: unknown[] = [];
    const target = await serve({
      initialize: ({ asked, response }) =>
        sendJson(response, {
          id: asked.id,
          result: { protocolVersion: '2025-01-17', serverInfo: null },
        }),
      'tools/call': ({ request, answer }) => {
        versions.push(request.headers['mcp-protocol-version']);
        answer();
      },
    });
    expect(await call(target)).toEqual(HI);
    expect(versions).toEqual(['2025-01-17']);
  });

  describe('whose call is answered', () => {
    const answered = (respond: (response: ServerResponse, asked: Asked) => void) =>
      serve({ 'tools/call': ({ response, asked }) => respond(response, asked) }).then((target) =>
        call(target),
      );
    const asItIs = (answer: string) => answer;

    it.each<[string, (answer: string, asked: Asked) => string]>([
      ['lines that end in CR LF', (answer) => `event: message\r\nid: 1\r\ndata: ${answer}\r\n\r\n`],
      ['lines that end in CR', (answer) => `data: ${answer}\r\r`],
      ['a byte order mark', (answer) => `\ufeffdata: ${answer}\n\n`],
      ['comments', (answer) => `: hello\n\n:\ndata: ${answer}\n\n`],
      ['retry and ids', (answer) => `retry: 0\nid: a\ndata:\n\nid: b\ndata: ${answer}\n\n`],
      [
        'data of many lines',
        (answer) => `${answer.replaceAll(',', ',\n').replaceAll(/^/gm, 'data: ')}\n\n`,
      ],
      ['no space behind the colon', (answer) => `data:${answer}\n\n`],
      ['another name of the event', (answer) => `event: response\ndata: ${answer}\n\n`],
      ['no empty line at its end', (answer) => `data: ${answer}`],
      [
        'events that are none of the protocol',
        (answer) => `event: endpoint\ndata: /messages\n\ndata: {\n\ndata: ${answer}\n\n`,
      ],
      [
        'a batch',
        (answer) =>
          `data: [{"jsonrpc":"2.0","method":"notifications/message","params":null},${answer}]\n\n`,
      ],
      [
        'a request and notices before it',
        (answer) =>
          `data: {"jsonrpc":"2.0","id":5,"method":"ping","params":null}\n\ndata: {"jsonrpc":"2.0","method":"notifications/progress"}\n\ndata: ${answer}\n\n`,
      ],
      [
        'a text as its id',
        (answer, { id }) => `data: ${answer.replace(`"id":${id}`, `"id":"${id}"`)}\n\n`,
      ],
    ])('by a stream with %s', async (_title, write) => {
      const result = await answered((response, asked) =>
        sendText(response, write(callAnswer(asked), asked)),
      );
      expect(result).toEqual(HI);
    });

    it.each<[string, string, (answer: string) => string]>([
      ['a stream', 'Text/Event-Stream; Charset=UTF-8', (answer) => `data: ${answer}\n\n`],
      ['JSON', 'application/json; charset=utf-8', asItIs],
      ['JSON', 'APPLICATION/JSON', asItIs],
      ['JSON', 'text/plain', asItIs],
      ['JSON after a byte order mark', 'application/json', (answer) => `\ufeff${answer}`],
      ['JSON in a batch', 'application/json', (answer) => `[${answer}]`],
      ['JSON', 'text/event-stream', asItIs],
      [
        'JSON by lines',
        'application/json',
        (answer) => `{"jsonrpc":"2.0","method":"notifications/progress"}\n${answer}\n`,
      ],
      ['JSON before a comment', 'application/json', (answer) => `${answer}\n<!-- 3 ms -->`],
      ['a stream', 'application/json', (answer) => `event: message\ndata: ${answer}\n\n`],
      ['a stream', '', (answer) => `data: ${answer}\n\n`],
    ])('by %s of type %s', async (_title, type, write) => {
      const result = await answered((response, asked) =>
        sendText(response, write(callAnswer(asked)), type),
      );
      expect(result).toEqual(HI);
    });

    it.each([400, 404, 422, 500])(
      'by an error of the protocol with status %i has failed in its words',
      async (code) => {
        let isFirst = true;
        const target = await serve({
          initialize: ({ asked, response }) =>
            sendJson(response, {
              id: asked.id,
              result: { protocolVersion: '2025-06-18', capabilities: {} },
            }),
          'tools/call': ({ asked, response }) => {
            expect(isFirst).toBe(true);
            isFirst = false;
            sendJson(
              response,
              { id: asked.id, error: { code: -32602, message: 'text is too short' } },
              code,
            );
          },
        });
        expect(await call(target)).toEqual({ text: 'text is too short', isError: true });
      },
    );

    it('by numbers past 2^53 keeps them', async () => {
      const result = await answered((response, { id }) =>
        sendText(
          response,
          `{"jsonrpc":"2.0","id":${id},"result":{"structuredContent":{"id":9007199254740993}}}`,
          'application/json',
        ),
      );
      expect(result.text).toBe('{"id":9007199254740993}');
    });

    it.each([0, 200])('on a stream that is resumed (retry: %i)', async (retry) => {
      let stored = '';
      let polls = 0;
      let calls = 0;
      const target = await serve({
        'tools/call': ({ asked, response }) => {
          calls += 1;
          stored = callAnswer(asked);
          sendText(response, `id: 1\nretry: ${retry}\ndata:\n\n`);
        },
        GET: ({ request, response, answer }) => {
          if (request.headers['last-event-id'] === undefined) return answer();
          polls += 1;
          return sendText(
            response,
            polls < 3 ? `id: ${polls}\ndata:\n\n` : `id: 9\ndata: ${stored}\n\n`,
          );
        },
      });
      expect(await call(target)).toEqual(HI);
      expect([calls, polls]).toEqual([1, 3]);
    });

    it('on the standing stream, after the request was accepted', async () => {
      let standing: ServerResponse | undefined;
      const target = await serve({
        'tools/call': ({ asked, response }) => {
          response.writeHead(202).end();
          standing?.write(`data: ${callAnswer(asked)}\n\n`);
        },
        GET: ({ response }) => {
          standing = response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.flushHeaders();
        },
      });
      expect(await call(target)).toEqual(HI);
    });

    it('on a standing stream that ends before fails at once', async () => {
      let standing: ServerResponse | undefined;
      const target = await serve({
        'tools/call': ({ response }) => {
          response.writeHead(202).end();
          setTimeout(() => standing?.end(), 50);
        },
        GET: ({ response }) => {
          standing = response.writeHead(200, { 'content-type': 'text/event-stream' });
          response.flushHeaders();
        },
      });
      await expect(call(target)).rejects.toMatchObject({ code: 'mcp_unavailable' });
    });

    it('on no stream, as the server forgot it, fails and is not made again', async () => {
      let calls = 0;
      const target = await serve({
        'tools/call': ({ response }) => {
          calls += 1;
          sendText(response, 'id: 1\ndata:\n\n');
        },
        GET: ({ response }) => status(404)(response),
      });
      await expect(call(target)).rejects.toMatchObject({ code: 'mcp_unavailable' });
      expect(calls).toBe(1);
    });
  });

  describe('that loses its session', () => {
    it.each<[string, number, string]>([
      ['as the protocol says', 404, ''],
      [
        'with an error',
        404,
        '{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"Session not found"}}',
      ],
      ['in words', 400, 'Bad Request: No valid session ID provided'],
    ])('and says so %s is begun with again, once for all calls', async (_title, code, body) => {
      const sessions: string[] = [];
      let lost = true;
      const target = await serve({
        'tools/call': ({ request, response, answer }) => {
          const session = String(request.headers['mcp-session-id']);
          if (lost && session === 'session-1') return status(code, body)(response);
          sessions.push(session);
          return answer();
        },
      });
      lost = false;
      expect(await call(target)).toEqual(HI);
      lost = true;
      const answers = await Promise.all(Array.from({ length: 5 }, () => call(target)));
      expect(answers).toEqual(Array.from({ length: 5 }, () => HI));
      expect(sessions).toEqual(['session-1', ...Array.from({ length: 5 }, () => 'session-2')]);
    });

    it('again and again fails the call after the second time', async () => {
      let calls = 0;
      const target = await serve({
        'tools/call': ({ response }) => {
          calls += 1;
          status(404)(response);
        },
      });
      await expect(call(target)).rejects.toMatchObject({ code: 'mcp_unavailable' });
      expect(calls).toBe(2);
    });
  });
});
