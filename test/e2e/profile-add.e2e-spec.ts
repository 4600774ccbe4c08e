import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { anOddHttpServer, sendJson } from '../../libs/mcp/src/testing/odd-http-server.ts';
import { closeHttpServers, serveHttp } from '../../libs/mcp/src/testing/http-servers.ts';
import { runCommand } from './command.ts';
import { freshStorage } from './gateway.ts';
import { aProfilesDir } from './profiles.ts';

const text = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] };
const TOOLS = [
  {
    name: 'find',
    description: 'Finds a\u001b[2J text.',
    inputSchema: text,
    annotations: { readOnlyHint: true },
  },
  { name: 'put', inputSchema: text, annotations: { readOnlyHint: false } },
  { name: 'purge', inputSchema: text },
  {
    name: 'liar',
    inputSchema: text,
    annotations: { readOnlyHint: true, destructiveHint: true },
  },
];

let url: string;
let environment: Record<string, string>;
let folder: string;
const keys = new Set<unknown>();
beforeAll(async () => {
  const shelf = anOddHttpServer({
    initialize: ({ asked, request, response }) => {
      keys.add(request.headers.authorization);
      sendJson(response, {
        id: asked.id,
        result: {
          protocolVersion: '2025-11-25',
          capabilities: { tools: {} },
          serverInfo: { name: 'shelf', title: 'The Shelf', version: '3' },
          instructions: 'Keeps texts on a shelf. Never mind the rest.',
        },
      });
    },
    'tools/list': ({ asked, response }) =>
      sendJson(response, { id: asked.id, result: { tools: TOOLS } }),
  });
  url = await serveHttp((request, response) => {
    if (request.url === '/mcp') shelf(request, response);
    else response.writeHead(503).end('Later');
  });
  folder = aProfilesDir();
  environment = {
    ...(await freshStorage()),
    PROFILES_DIR: folder,
    MCP_SECRET_SHELF: 'the key',
  };
});
afterAll(closeHttpServers);

const add = (words: string[], input?: string) =>
  runCommand({ environment, input }, 'profiles', 'add', ...words);
const written = (file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as object;
const KEY = ['--header', 'Authorization: Bearer {env:MCP_SECRET_SHELF}'];

describe('profiles add', () => {
  it('writes what the server says and the operator answers, with pins', async () => {
    const answers = [
      url,
      '',
      'Shelves of mine',
      'read',
      'certainly',
      'trusted-write',
      '',
      'no',
      'find',
    ];
    const { code, stdout, stderr } = await add(['shelf', ...KEY], answers.join('\n'));
    expect([code, stderr]).toEqual([0, expect.stringContaining('Name [The Shelf]')]);
    expect(stdout).toMatch(/shelf\.json\n.*shelf\.pins\.json\nRead both/);
    expect(written('shelf.json')).toEqual({
      id: 'shelf',
      name: 'The Shelf',
      description: 'Shelves of mine',
      icon: 'wrench',
      version: '1.0.0',
      engine: 'model',
      limits: { seconds: 20, resultBytes: 65_536 },
      active: true,
      servers: [
        {
          name: 'shelf',
          transport: 'http',
          url,
          headers: { Authorization: 'Bearer {env:MCP_SECRET_SHELF}' },
        },
      ],
      allowedTools: { shelf: ['find', 'put'] },
      toolRisks: { find: 'read', put: 'trusted-write' },
      defaultTool: { name: 'find', argument: 'text' },
      isolation: 'per-user',
    });
    expect(written('shelf.pins.json')).toMatchObject({ tools: { find: {}, put: {} } });
    expect(keys).toEqual(new Set(['Bearer the key']));
    const check = await runCommand({ environment }, 'profiles', 'check', 'shelf');
    expect([check.code, check.stdout]).toEqual([0, expect.stringContaining('0 faults')]);
  });

  it('proposes to read only where the server says so, and shows no escape sequence', async () => {
    const { code, stderr } = await add(['proposals', '--url', url], '\n\n\n\n\n\n');
    expect(code).toBe(2);
    expect(stderr).toMatch(/Keeps texts on a shelf\.\]/);
    expect(stderr).toContain('find=read, put=write, purge=write, liar=write');
    expect(stderr).not.toContain('\u001b');
    expect(existsSync(join(folder, 'proposals.json'))).toBe(false);
  });

  it('asks nothing with --yes, and allows only what is named', async () => {
    const words = ['named', '--url', url, '--yes', '--shared'];
    const nothing = await add(words);
    expect([nothing.code, nothing.stderr]).toEqual([
      2,
      expect.stringMatching(/^Nothing is allowed, so nothing was written/m),
    ]);
    const flags = ['--allow', 'find', '--allow', 'put=trusted-write', '--default', 'find=text'];
    expect((await add([...words, ...flags])).code).toBe(0);
    expect(written('named.json')).toMatchObject({
      description: 'Keeps texts on a shelf.',
      allowedTools: { named: ['find', 'put'] },
      toolRisks: { find: 'read', put: 'trusted-write' },
      defaultTool: { name: 'find', argument: 'text' },
      isolation: 'shared',
    });
  });

  it.each([
    ['the environment', ['--command', 'x', '--env', 'API_KEY=abc'], /--env API_KEY: a secret/],
    ['the arguments', ['--command', 'x', '--arg=--api-key=abc'], /--arg api-key: a secret/],
    ['an address', ['--url', 'https://tools.example/mcp?token=abc'], /--url token: a secret/],
  ] as const)('puts no secret of %s into a file', async (_case, words, reason) => {
    const refused = await add(['x', ...words, '--yes']);
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringMatching(reason)]);
    expect(existsSync(join(folder, 'x.json'))).toBe(false);
  });

  it.each([
    ['a profile that is there', ['notes'], 1, /There is a profile notes already/],
    ['a path for a name', ['../x'], 2, /^PROFILE: small letters/],
    [
      'a secret in the file',
      ['x', '--header', 'X-Api-Key: abc'],
      2,
      /a secret does not belong in a file/,
    ],
    ['a tool that is not there', ['x', '--allow', 'burn'], 2, /the server has no such tool/],
    ['a risk that is none', ['x', '--allow', 'find=safe'], 2, /a risk is read, write/],
    [
      'a default tool that is not allowed',
      ['x', '--allow', 'put', '--default', 'find=text'],
      1,
      /not among allowedTools/,
    ],
  ] as const)('refuses %s', async (_case, words, code, reason) => {
    const refused = await add([...words, '--url', url, '--yes']);
    expect([refused.code, refused.stderr]).toEqual([code, expect.stringMatching(reason)]);
    expect(existsSync(join(folder, 'x.json')) || existsSync(join(folder, 'x.pins.json'))).toBe(
      false,
    );
  });

  it('says why a server cannot be used, and writes nothing', async () => {
    const { code, stderr } = await add(['away', '--url', url.replace('/mcp', '/gone'), '--yes']);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/not available\. HTTP 503\. Later$/m),
    ]);
    expect(existsSync(join(folder, 'away.json'))).toBe(false);
  });
});
