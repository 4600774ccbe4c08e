import { Logger } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { noBuiltInServers } from '../targets/built-in-servers.js';
import type { McpServerSpec } from '../targets/mcp-target.js';
import { closeHttpServers, serveHttp } from '../testing/http-servers.js';
import { anMcpConfig } from '../testing/mcp-config.factory.js';
import { anOddServer, aTarget } from '../testing/mcp-target.factory.js';
import { anOddHttpServer, callAnswer, sendText, type Oddity } from '../testing/odd-http-server.js';
import { McpConnections } from './mcp-connections.js';

/**
 * Servers on which hosts have failed, by the names that docs/mcp-conformance.md has them under, with what became of each
 * before they were understood.
 */

const object = (properties: object = {}, required: unknown = []) => ({
  type: 'object',
  properties,
  required,
});
const beside = (inputSchema: unknown, more: object = {}) => ({
  tools: [{ name: 'bad', inputSchema, ...more }],
});
const only = (...names: readonly string[]) => ({
  listResult: { tools: names.map((name) => ({ name, inputSchema: object() })) },
});
const done = (...parts: readonly object[]) => ({
  callResult: { content: [{ type: 'text', text: 'done' }, ...parts] },
});
const text = (more: object = {}) => ({ content: [{ type: 'text', text: 'ok', ...more }] });

const HI = '{"text":"hi"}';
const LONG = 'x'.repeat(100);

/** Name, oddities, tools, and what a call gives. */
const STDIO: readonly [string, object, readonly string[], object][] = [
  ['stdio plain', {}, ['echo'], { text: HI }],
  ['stdio anyof', beside({ anyOf: [object(), object()] }), ['echo'], { text: HI }],
  ['stdio empty', beside({}), ['echo'], { text: HI }],
  ['stdio ref', beside({ $ref: '#/$defs/A', $defs: { A: object() } }), ['echo'], { text: HI }],
  ['stdio required', beside(object({}, null)), ['echo', 'bad'], { text: HI }],
  ['stdio description', beside(object(), { description: null }), ['echo', 'bad'], { text: HI }],
  [
    'stdio output',
    beside(object(), { outputSchema: { type: 'array', items: {} } }),
    ['echo', 'bad'],
    { text: HI },
  ],
  [
    'stdio icons',
    beside(object(), { icons: [{ src: 'https://x/y.png', sizes: '48x48' }] }),
    ['echo', 'bad'],
    { text: HI },
  ],
  [
    'stdio nullable',
    {
      listResult: {
        tools: [
          {
            name: 'search',
            inputSchema: object(
              {
                limit: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
                query: { type: ['string', 'null'] },
              },
              ['query'],
            ),
          },
        ],
      },
    },
    ['search'],
    { text: HI },
  ],
  [
    'stdio bigint',
    {
      callLine:
        '{"jsonrpc":"2.0","id":ID,"result":{"content":[],"structuredContent":{"id":9007199254740993}}}',
    },
    ['echo'],
    { text: '{"id":9007199254740993}' },
  ],
  [
    'stdio names',
    only('user-profile/update', 'a.b', LONG),
    ['user-profile/update', 'a.b', LONG],
    { text: HI },
  ],
  [
    'stdio resultnull',
    { callResult: { ...text({ annotations: null, _meta: null }), structuredContent: null } },
    ['echo'],
    { text: 'ok' },
  ],
  [
    'stdio structarray',
    { callResult: { ...text(), structuredContent: [1] } },
    ['echo'],
    { text: 'ok' },
  ],
  [
    'stdio iserror',
    { callResult: { ...text(), isError: true } },
    ['echo'],
    { text: 'ok', isError: true },
  ],
  [
    'stdio image',
    done({ type: 'image', mimeType: 'image/png', data: 'data:image/png;base64,iVBORw0KGgo=' }),
    ['echo'],
    { text: 'done', files: [expect.objectContaining({ mediaType: 'image/png' })] },
  ],
  ['stdio unknownpart', done({ type: 'video', uri: 'x' }), ['echo'], { text: 'done\n[video x]' }],
  [
    'stdio linknoname',
    done({ type: 'resource_link', uri: 'https://x/y' }),
    ['echo'],
    { text: 'done\n[link https://x/y]' },
  ],
  [
    'stdio nocontent',
    { callResult: { structuredContent: { a: 1 } } },
    ['echo'],
    { text: '{"a":1}' },
  ],
  ['stdio noise', { banner: 500_000 }, ['echo'], { text: HI }],
  ['stdio slow', { startMs: 4000 }, ['echo'], { text: HI }],
  ['stdio exitondiscover', { probe: 'exit' }, ['echo'], { text: HI }],
  ['stdio idnull', { probe: 'idNull' }, ['echo'], { text: HI }],
  ['stdio nocaps', { init: { capabilities: {} } }, ['echo'], { text: HI }],
  ['stdio cursornull', { list: { nextCursor: null } }, ['echo'], { text: HI }],
  ['stdio cursorempty', { list: { nextCursor: '' } }, ['echo'], { text: HI }],
  ['stdio cursorloop', { list: { nextCursor: 'a' } }, ['echo'], { text: HI }],
];

const answers =
  (status: number, body = '', type = 'text/plain'): Oddity =>
  ({ response }: { response: ServerResponse }) =>
    void response.writeHead(status, { 'content-type': type }).end(body);
const discovery = (oddity: Oddity) => ({ 'server/discover': oddity });
const begun = (oddity: Oddity) => ({ 'notifications/initialized': oddity });

let stored = '';
/** Name, and what differs of a server over HTTP that works. */
const HTTP: readonly [string, Record<string, Oddity>][] = [
  ['http plain', {}],
  [
    'http redirect',
    {
      any: ({ request, response, answer }) =>
        request.url === '/mcp'
          ? void response.writeHead(307, { location: '/mcp/' }).end()
          : answer(),
    },
  ],
  [
    'http polling',
    {
      'tools/call': ({ asked, response }) => {
        stored = callAnswer(asked);
        sendText(response, 'id: 1\nretry: 200\ndata:\n\n');
      },
      GET: ({ request, response, answer }) =>
        request.headers['last-event-id']
          ? sendText(response, `id: 2\ndata: ${stored}\n\n`)
          : answer(),
    },
  ],
  ['http discover500', discovery(answers(500, 'TypeError: id must be int'))],
  ['http discover401', discovery(answers(401))],
  ['http discoverhang', discovery(() => undefined)],
  ['http discovertext', discovery(answers(200, 'ok'))],
  ['http discover204', discovery(({ response }) => void response.writeHead(204).end())],
  ['http discover404', discovery(answers(404, 'Invalid session ID'))],
  [
    'http discoveridnull',
    discovery(
      answers(
        400,
        '{"jsonrpc":"2.0","id":null,"error":{"code":-32601,"message":"no"}}',
        'application/json',
      ),
    ),
  ],
  ['http init400', begun(answers(400))],
  ['http init200null', begun(answers(200, 'null'))],
  ['http init204', begun(({ response }) => void response.writeHead(204).end())],
  [
    'http expire',
    {
      'tools/call': ({ request, response, answer }) =>
        request.headers['mcp-session-id'] === 'session-1'
          ? void response.writeHead(404).end()
          : answer(),
    },
  ],
];

describe('a server on which hosts have failed', () => {
  let connections: McpConnections;
  vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
  const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);

  beforeEach(() => {
    connections = new McpConnections(anMcpConfig(), noBuiltInServers);
  });
  afterEach(async () => {
    await connections.onApplicationShutdown();
    closeHttpServers();
  });

  const use = async (server: McpServerSpec) => {
    const target = aTarget(server, { startSeconds: 30 });
    const signal = AbortSignal.timeout(30_000);
    const tools = (await connections.listTools(target, { signal })).map(({ name }) => name);
    const options = { signal, maxResultBytes: 100_000 };
    return {
      tools,
      result: await connections.callTool(target, tools[0]!, { text: 'hi' }, options),
    };
  };
  const overHttp = async (oddities: Record<string, Oddity>) =>
    use({
      name: 'remote',
      transport: 'http',
      url: await serveHttp(anOddHttpServer(oddities)),
      headers: {},
    });

  it.each(STDIO)('is understood: %s', async (_name, oddities, tools, result) => {
    const used = await use(anOddServer(oddities));
    expect(used.tools).toEqual(tools);
    expect(used.result).toMatchObject({ isError: false, ...result });
  });

  it.each(HTTP)('is understood: %s', async (_name, oddities) => {
    const used = await overHttp(oddities);
    expect(used).toEqual({ tools: ['echo'], result: { text: HI, isError: false } });
  });

  it('is none of ours, and the log has the status: http 421', async () => {
    const work = overHttp({ any: answers(421, 'Invalid Host header') });
    await expect(work).rejects.toMatchObject({ code: 'mcp_unavailable' });
    expect(warn).toHaveBeenCalledWith(
      expect.objectContaining({ event: 'mcp.failed', statusCode: 421 }),
    );
  });
});
