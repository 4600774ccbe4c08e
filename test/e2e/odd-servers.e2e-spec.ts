import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { closeHttpServers, serveHttp } from '../../libs/mcp/src/testing/http-servers.ts';
import {
  anOddHttpServer,
  callAnswer,
  sendText,
} from '../../libs/mcp/src/testing/odd-http-server.ts';
import { aUser, call, say, type User } from './client.ts';
import { type Gateway, startGateway } from './gateway.ts';
import { anOddProfile, aProfile, aProfilesDir } from './profiles.ts';

const LONG = 'x'.repeat(100);
const tool = (name: unknown, inputSchema: unknown = { type: 'object' }) => ({ name, inputSchema });
const result = (more: object) => ({
  callResult: { content: [{ type: 'text', text: 'ok' }], ...more },
});
const HI = '{"text":"hi"}';

/** What a server does that others accept, and what a person reads then for `/echo text=hi`. */
const ODDITIES: readonly [string, object, string][] = [
  ['no-capabilities', { init: { capabilities: {} } }, HI],
  ['unknown-version', { init: { protocolVersion: '2025-01-17' } }, HI],
  ['anyof', { tools: [tool('bad', { anyOf: [{ type: 'object' }] })] }, HI],
  ['empty-schema', { tools: [tool('bad', {})] }, HI],
  ['no-schema', { tools: [{ name: 'bad' }] }, HI],
  [
    'null-members',
    { tools: [{ ...tool('bad', { type: 'object', required: null }), description: null }] },
    HI,
  ],
  ['cursor-null', { list: { nextCursor: null } }, HI],
  ['cursor-empty', { list: { nextCursor: '' } }, HI],
  ['cursor-loop', { list: { nextCursor: 'a' } }, HI],
  ['result-null', result({ structuredContent: null, _meta: null, isError: null }), 'ok'],
  ['result-list', result({ structuredContent: [1] }), 'ok'],
  ['result-text', { callResult: 'ok' }, 'ok'],
  ['unknown-part', { callResult: { content: [{ type: 'video', uri: 'x' }] } }, '[video x]'],
  ['nothing', { callResult: { content: [] } }, 'That worked. There is nothing to show.'],
  [
    'big-number',
    {
      callLine: '{"jsonrpc":"2.0","id":ID,"result":{"structuredContent":{"id":9007199254740993}}}',
    },
    '{"id":9007199254740993}',
  ],
  [
    'not-a-number',
    { callLine: '{"jsonrpc":"2.0","id":ID,"result":{"structuredContent":{"a":NaN}}}' },
    '{"a":null}',
  ],
  [
    'prompt-on-the-line',
    { callLine: '> {"jsonrpc":"2.0","id":ID,"result":{"content":["ok"]}}' },
    'ok',
  ],
  ['banner', { banner: 300_000 }, HI],
  ['id-null', { probe: 'idNull' }, HI],
  ['exit-on-probe', { probe: 'exit' }, HI],
  ['ids-as-text', { ids: 'text' }, HI],
  [
    'log-message',
    { before: ['{"jsonrpc":"2.0","method":"notifications/message","params":null}'] },
    HI,
  ],
  ['ping', { before: ['{"jsonrpc":"2.0","id":1,"method":"ping","params":null}'] }, HI],
];

/** What a tool reports as its failure, and the words of it that a person reads. */
const FAILURES: readonly [string, object, RegExp][] = [
  ['silent-failure', { callResult: { content: [], isError: true } }, /failed/],
  [
    'method-not-found',
    { callMessage: { error: { code: -32601, message: 'No such thing' } } },
    /^No such thing$/,
  ],
  ['invalid-request', { callMessage: { error: { code: -32600, message: 'Not so' } } }, /^Not so$/],
  ['no-message', { callMessage: { error: { code: -32603 } } }, /failed/],
  ['error-text', { callMessage: { error: 'Not now' } }, /^Not now$/],
  [
    'path',
    {
      call: {
        isError: true,
        content: [
          { type: 'text', text: "EACCES: permission denied, open '/app/data/users/1/m.json'" },
        ],
      },
    },
    /^EACCES: permission denied, open '\[path\]'$/,
  ],
];

const NAMES = ['user-profile/update', 'a.b', LONG];

let gateway: Gateway;
let user: User;
let stored = '';
beforeAll(async () => {
  const http = {
    'discover-500': {
      'server/discover': ({ response }) => sendText(response, 'at x.js', 'text/plain', 500),
    },
    'initialized-400': {
      'notifications/initialized': ({ response }) => void response.writeHead(400).end(),
    },
    redirect: {
      any: ({ request, response, answer }) =>
        request.url === '/mcp'
          ? void response.writeHead(307, { location: '/mcp/' }).end()
          : answer(),
    },
    expire: {
      'tools/call': ({ request, response, answer }) =>
        request.headers['mcp-session-id'] === 'session-1'
          ? void response.writeHead(404).end()
          : answer(),
    },
    polling: {
      'tools/call': ({ asked, response }) => {
        stored = callAnswer(asked);
        sendText(response, 'id: 1\nretry: 100\ndata:\n\n');
      },
      GET: ({ request, response, answer }) =>
        request.headers['last-event-id']
          ? sendText(response, `id: 2\ndata: ${stored}\n\n`)
          : answer(),
    },
    'moved-away': {
      any: ({ response }) => void response.writeHead(302, { location: '/login' }).end(),
    },
    denied: { 'tools/call': ({ response }) => void response.writeHead(403).end('at /srv/app.js') },
  } satisfies Record<string, Parameters<typeof anOddHttpServer>[0]>;
  const httpProfiles = await Promise.all(
    Object.entries(http).map(async ([id, oddities]) => {
      const url = await serveHttp(anOddHttpServer(oddities));
      const changes = {
        servers: [{ name: 'odd', transport: 'http', url }],
        allowedTools: { odd: ['echo'] },
        limits: { seconds: 30, resultBytes: 65_536 },
      };
      return [`${id}.json`, aProfile(id, changes)];
    }),
  );
  const stdio = [...ODDITIES, ...FAILURES].map(([id, oddities]) => [
    `${id}.json`,
    anOddProfile(id, oddities, ['echo', 'bad']),
  ]);
  gateway = await startGateway({
    environment: {
      PROFILES_DIR: aProfilesDir({
        ...Object.fromEntries([...stdio, ...httpProfiles] as [string, object][]),
        'names.json': anOddProfile('names', { tools: NAMES.map((name) => tool(name)) }, NAMES),
        'crash.json': anOddProfile(
          'crash',
          {
            exitCode: 3,
            stderr: 'ENOENT: no such folder\n\u001b[31msecret of env: s3cr3t-value\n',
          },
          ['echo'],
          { API_TOKEN: 's3cr3t-value', HOME_OF_FILES: '{userDir}/files' },
        ),
      }),
    },
  });
  user = await aUser(gateway);
});
afterAll(closeHttpServers);

const logged = (event: string) =>
  gateway
    .log()
    .split('\n')
    .filter((line) => line.includes(`"${event}"`))
    .map((line) => (JSON.parse(line) as { metadata: Record<string, unknown> }).metadata);

describe('an assistant with a server that', () => {
  it.each(ODDITIES)(
    'is odd in a way that others accept works: %s',
    async (id, _oddities, expected) => {
      const { status, data } = await say(gateway, user, id, '/echo text=hi');
      expect([status, data.response]).toEqual([200, expected]);
    },
  );

  it.each(['discover-500', 'initialized-400', 'redirect', 'expire', 'polling'])(
    'is odd over HTTP works, too: %s',
    async (id) => {
      const { status, data } = await say(gateway, user, id, '/echo text=hi');
      expect([status, data.response]).toEqual([200, HI]);
    },
  );

  it.each(FAILURES)('fails says so in words: %s', async (id, _oddities, words) => {
    const { status, data } = await say(gateway, user, id, '/echo text=hi');
    expect([status, data.isError]).toEqual([200, true]);
    expect(data.response).toMatch(words);
  });

  it('lists a tool that cannot be understood goes on without it, and the log says which', async () => {
    const help = await say(gateway, user, 'anyof', '/help');
    expect(help.data.response).toContain('/echo');
    expect(help.data.response).not.toContain('/bad');
    await vi.waitFor(() =>
      expect(logged('mcp.tool.skipped')).toContainEqual(
        expect.objectContaining({
          profileId: 'anyof',
          server: 'odd',
          tool: 'bad',
          field: 'inputSchema',
        }),
      ),
    );
  });

  it.each(NAMES)('has a tool with an uncommon name can be told to use it: %s', async (name) => {
    const { status, data } = await say(gateway, user, 'names', `/${name} {"a":1}`);
    expect([status, data.response]).toEqual([200, '{"a":1}']);
    const { data: listed } = await call<{ commands: { name: string }[] }>(
      gateway,
      '/api/profiles/names/capabilities',
      { token: user.token },
    );
    expect(listed.commands.map((command) => command.name)).toEqual(NAMES);
  });

  it('cannot be used is in the log with the status, the tool and the reason', async () => {
    expect((await say(gateway, user, 'moved-away', '/echo text=hi')).status).toBe(502);
    const denied = await say(gateway, user, 'denied', '/echo text=hi');
    expect([denied.status, denied.body.error?.code]).toEqual([502, 'assistant_unavailable']);
    expect(denied.body.error?.message).not.toMatch(/srv|403/);
    await vi.waitFor(() => {
      expect(logged('mcp.failed')).toContainEqual(
        expect.objectContaining({
          profileId: 'moved-away',
          statusCode: 302,
          reason: expect.stringContaining('redirects') as string,
        }),
      );
      expect(logged('mcp.call.failed')).toContainEqual(
        expect.objectContaining({ profileId: 'denied', tool: 'echo', statusCode: 403 }),
      );
    });
  });

  it('ends leaves its last words in the log, and finds its folders', async () => {
    expect((await say(gateway, user, 'crash', '/echo text=hi')).status).toBe(502);
    await vi.waitFor(() => {
      const words = logged('mcp.server.stderr').map(({ stderr }) => stderr);
      expect(words).toEqual(['ENOENT: no such folder', 'secret of env: [secret]']);
    });
    expect(gateway.log()).not.toContain('s3cr3t-value');
    const { DATA_DIR } = gateway.environment;
    expect(existsSync(join(DATA_DIR!, 'users', user.userId, 'files'))).toBe(true);
  });
});
