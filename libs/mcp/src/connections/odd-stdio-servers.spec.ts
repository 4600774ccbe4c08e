import { Logger } from '@nestjs/common';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noBuiltInServers } from '../targets/built-in-servers.js';
import type { McpServerSpec, McpTarget } from '../targets/mcp-target.js';
import { anMcpConfig } from '../testing/mcp-config.factory.js';
import { aHostileServer, alice, anOddServer, aTarget } from '../testing/mcp-target.factory.js';
import { McpConnections } from './mcp-connections.js';

const schema = { type: 'object' };
const text = (value: unknown, more = {}) => ({ type: 'text', text: value, ...more });
const PNG = 'iVBORw0KGgo=';
const ANSWER =
  '{"jsonrpc":"2.0","id":ID,"result":{"content":[{"type":"text","text":"{\\"text\\":\\"hi\\"}"}]}}';

describe('a stdio server in a dialect', () => {
  let dataDir: string;
  let connections: McpConnections;
  vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
  const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);

  beforeEach(() => {
    vi.clearAllMocks();
    dataDir = mkdtempSync(join(tmpdir(), 'mcp-odd-'));
    connections = new McpConnections(
      anMcpConfig({ dataDir, secrets: new Map([['MCP_SECRET_KEY', 'k-3f9a77']]) }),
      noBuiltInServers,
    );
  });
  afterEach(async () => {
    await connections.onApplicationShutdown();
    rmSync(dataDir, { recursive: true });
  });

  const signal = () => AbortSignal.timeout(30_000);
  const call = (target: McpTarget, tool = 'echo', args = { text: 'hi' }) =>
    connections.callTool(target, tool, args, { signal: signal(), maxResultBytes: 500_000 });
  const callOdd = (oddities: object) => call(aTarget(anOddServer(oddities)));
  const names = async (oddities: object) => {
    const target = aTarget(anOddServer(oddities));
    return (await connections.listTools(target, { signal: signal() })).map(({ name }) => name);
  };
  const events = (event: string) =>
    warn.mock.calls
      .map(([line]) => line as Record<string, unknown>)
      .filter((line) => line.event === event);

  it.each<[string, object]>([
    ['no capabilities', { init: { capabilities: undefined } }],
    ['capabilities without tools', { init: { capabilities: {} } }],
    [
      'capabilities of odd types',
      { init: { capabilities: { tools: true, logging: null, prompts: 1 } } },
    ],
    ['no serverInfo', { init: { serverInfo: null } }],
    ['an odd serverInfo', { init: { serverInfo: { name: null, version: 2, icons: 'x' } } }],
    ['instructions null', { init: { instructions: null, _meta: null } }],
    ['an old protocol version', { init: { protocolVersion: '2024-10-07' } }],
    ['a protocol version that is not known', { init: { protocolVersion: '2025-01-17-draft' } }],
    ['no protocol version', { init: { protocolVersion: null } }],
    ['ids as text', { ids: 'text' }],
    ['answers in batches', { form: 'batch' }],
    ['a byte order mark', { form: 'bom' }],
    ['no mark of JSON-RPC', { form: 'bare' }],
    ['an error with a null id to the first question', { probe: 'idNull' }],
    ['an exit at the first question', { probe: 'exit' }],
    ['a bridge that the first question spoils', { probe: 'spoils' }],
    ['silence to the first question', { probe: 'silent' }],
    ['a long banner', { banner: 500_000 }],
    [
      'noise before an answer',
      { before: ['doing it', '{"level":30,"error":"none"}', '[1]', 'null', '\u0000'] },
    ],
    [
      'a log message without params',
      { before: ['{"jsonrpc":"2.0","method":"notifications/message","params":null}'] },
    ],
    [
      'a notification with a null id',
      { before: ['{"jsonrpc":"2.0","id":null,"method":"notifications/progress","params":[]}'] },
    ],
    [
      'a ping without params',
      { before: ['{"jsonrpc":"2.0","id":9,"method":"ping","params":null}'] },
    ],
    [
      'a request that is not supported',
      { before: ['{"jsonrpc":"2.0","id":"r","method":"roots/list","params":{"_meta":null}}'] },
    ],
    ['an answer to no request', { before: ['{"jsonrpc":"2.0","id":77,"result":{}}'] }],
    [
      'error null beside the result',
      { callMessage: { result: { content: [text('{"text":"hi"}')] }, error: null } },
    ],
    [
      'error false beside the result',
      { callMessage: { result: { content: [text('{"text":"hi"}')] }, error: false } },
    ],
    ...[
      `> ${ANSWER}`,
      `2026-11-27 10:00:00 INFO {"id": 1} answering: ${ANSWER}`,
      `\u001b[2K\rloading 10%\rloading 100%${ANSWER}`,
      `{"jsonrpc":"2.0","method":"notifications/progress"}${ANSWER}`,
      `${ANSWER}{"jsonrpc":"2.0","id":99,"result":{}}`,
      `received {"jsonrpc":"2.0","id":99,"method":"tools/call","params":{}}\n${ANSWER}`,
      `Content-Length: 99\r\n\r\n${ANSWER}`,
      ANSWER.replace('"result"', '"method":"tools/call","result"'),
      ANSWER.replace('"id":ID', '"id":ID.0'),
      ANSWER.replace('"id":ID', '"id":"ID.0"'),
      ANSWER.replace('"content"', '"_meta":{"a":[NaN,-Infinity]},"content"'),
      ANSWER.replace('"content"', '"_meta":{"a":"\t\u0001"},"content"'),
      `${ANSWER.slice(0, -1)},"error":{}}`,
      `${ANSWER.slice(0, -1)},"error":{"code":0,"message":""}}`,
    ].map((callLine): [string, object] => [
      `an answer like ${callLine.slice(0, 200)}`,
      { callLine },
    ]),
    ['colours of a terminal', { form: 'colour' }],
    [
      'no end of its last line',
      { callMessage: { result: { content: [text('{"text":"hi"}')] } }, form: 'unended' },
    ],
    ['megabytes of banners', { banner: 2_500_000 }],
    [
      'an error in the place of its second page',
      {
        list: { nextCursor: 'more' },
        secondPage: { error: { code: -32602, message: 'no such cursor' } },
      },
    ],
  ])('works with %s', async (_title, oddities) => {
    expect(await names(oddities)).toEqual(['echo']);
    expect(await callOdd(oddities)).toEqual({ text: '{"text":"hi"}', isError: false });
  });

  it('takes a start as long as the profile allows', async () => {
    const target = aTarget(anOddServer({ startMs: 4000, probe: 'silent' }), { startSeconds: 30 });
    expect((await call(target)).text).toBe('{"text":"hi"}');
  });

  it.each<[string, unknown, string, string]>([
    ['a schema that is missing', undefined, 'inputSchema', 'missing'],
    ['a schema that is null', null, 'inputSchema', 'missing'],
    ['an empty schema', {}, 'inputSchema', 'type'],
    ['a schema of alternatives', { anyOf: [schema, schema] }, 'inputSchema', 'type'],
    [
      'a schema that refers elsewhere',
      { $ref: '#/$defs/A', $defs: { A: schema } },
      'inputSchema',
      'type',
    ],
    ['a schema that is a text', 'object', 'inputSchema', 'object'],
    ['properties in a list', { type: 'object', properties: [1] }, 'inputSchema', 'properties'],
  ])(
    'leaves out a tool with %s, and says which and why',
    async (_title, inputSchema, field, reason) => {
      expect(await names({ tools: [{ name: 'bad', inputSchema }] })).toEqual(['echo']);
      expect(events('mcp.tool.skipped')).toEqual([
        {
          event: 'mcp.tool.skipped',
          profileId: 'assistant',
          server: 'odd',
          tool: 'bad',
          field,
          reason: expect.stringContaining(reason) as string,
        },
      ]);
    },
  );

  it('leaves out what has no usable name', async () => {
    const tools = [
      null,
      'x',
      {},
      { name: 'two words', inputSchema: schema },
      { name: 'echo', inputSchema: schema },
    ];
    expect(await names({ tools })).toEqual(['echo']);
    expect(events('mcp.tool.skipped')).toHaveLength(tools.length);
  });

  it.each<[string, object, string]>([
    ['a description that is null', { description: null }, 'description'],
    ['a title that is a number', { title: 7 }, 'title'],
    ['odd icons', { icons: [{ src: 'https://x/y.png', sizes: '48x48' }] }, 'icons.0.sizes'],
    ['annotations that are a list', { annotations: [] }, 'annotations'],
    ['an output schema that is a text', { outputSchema: 'x' }, 'outputSchema'],
    ['required null', { inputSchema: { type: 'object', required: null } }, 'inputSchema.required'],
    ['meta null', { _meta: null }, '_meta'],
  ])('keeps a tool with %s, and says so', async (_title, members, field) => {
    const tool = { name: 'kept', inputSchema: schema, ...members };
    expect(await names({ tools: [tool] })).toEqual(['echo', 'kept']);
    expect(events('mcp.tool.mended')).toEqual([expect.objectContaining({ tool: 'kept', field })]);
  });

  it('lets a property without a usable schema take any value', async () => {
    const inputSchema = { type: ['object'], properties: { a: null, b: 'x', c: true }, $defs: null };
    const target = aTarget(anOddServer({ tools: [{ name: 'kept', inputSchema }] }));
    const tools = await connections.listTools(target, { signal: signal() });
    expect(tools[1]?.inputSchema).toEqual({
      type: 'object',
      properties: { a: {}, b: {}, c: true },
    });
  });

  it('takes null for a list of no tools, as Go writes one', async () => {
    expect(await names({ list: { tools: null } })).toEqual([]);
    expect(await names({ listResult: {} })).toEqual([]);
    expect(await names({ listResult: [{ name: 'bare', inputSchema: schema }] })).toEqual(['bare']);
    expect(
      await names({ list: { nextCursor: 'more' }, secondPage: { result: { tools: null } } }),
    ).toEqual(['echo']);
  });

  it('keeps each digit of a number, however long the message is', async () => {
    const id = 1915883588174806058n;
    const callLine = `{"jsonrpc":"2.0","id":ID,"result":{"structuredContent":{"pad":"${'x'.repeat(60_000)}","ids":[{"id":${id}}]}}}`;
    const { text: shown } = await callOdd({ callLine, grow: 5 });
    expect(shown.length).toBeGreaterThan(300_000);
    expect(shown).toContain(`"ids":[{"id":${id}}]`);
  });

  it('tells of an odd tool once, however often the list is read', async () => {
    const target = aTarget(anOddServer({ tools: [{ name: 'bad' }] }));
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      for (let n = 0; n < 3; n += 1) {
        await connections.listTools(target, { signal: signal() });
        vi.setSystemTime(Date.now() + 120_000);
      }
    } finally {
      vi.useRealTimers();
    }
    expect(events('mcp.tool.skipped')).toHaveLength(1);
  });

  it.each([null, '', 'same', 7, {}])('ends a list at the cursor %j', async (nextCursor) => {
    expect(await names({ list: { nextCursor } })).toEqual(['echo']);
  });

  it.each<[string, unknown, string]>([
    [
      'members null',
      {
        content: [text('ok', { annotations: null, _meta: null })],
        structuredContent: null,
        _meta: null,
        isError: null,
      },
      'ok',
    ],
    ['a list as structured content', { content: [text('ok')], structuredContent: [1] }, 'ok'],
    ['a list as its only content', { structuredContent: [1, 2] }, '[1,2]'],
    ['a number as structured content', { content: [], structuredContent: 5 }, '5'],
    ['no content', { structuredContent: { a: 1 } }, '{"a":1}'],
    ['content null', { content: null }, ''],
    ['content that is a text', { content: 'ok' }, 'ok'],
    ['content that is one part', { content: text('ok') }, 'ok'],
    ['content that is a number', { content: 7 }, '7'],
    ['a text as the result', 'ok', 'ok'],
    ['null as the result', null, ''],
    ['parts as the result', [text('ok')], 'ok'],
    ['the form of 2024', { toolResult: { a: 1 } }, '{"a":1}'],
    ['members of its own', { a: 1, b: null }, '{"a":1,"b":null}'],
    [
      'a part of an unknown kind',
      { content: [text('done'), { type: 'video', uri: 'x' }] },
      'done\n[video x]',
    ],
    [
      'a part without a kind',
      { content: [text('done'), { a: 1 }, null, 7, 'more'] },
      'done\n[unknown part]\n7\nmore',
    ],
    ['a text null', { content: [text('done'), text(null), { type: 'text' }] }, 'done'],
    ['a text of another name', { content: [{ type: 'text', value: 'ok' }] }, 'ok'],
    ['a part of JSON', { content: [{ type: 'json', json: { a: 1 } }] }, '{"a":1}'],
    ['lists of parts', { content: [[text('a')], [[text('b')]]] }, 'a\nb'],
    [
      'resources in one part',
      { content: [{ type: 'resource', resource: [{ text: 'a' }, { text: 7 }] }] },
      'a\n7',
    ],
    [
      'an image elsewhere',
      { content: [{ type: 'image', url: 'https://x/y' }] },
      '[image https://x/y]',
    ],
    [
      'an image as a data URI',
      { content: [{ type: 'image', data: `data:image/png;base64,${PNG}` }] },
      '',
    ],
    [
      'audio in base64url',
      { content: [{ type: 'audio', mimeType: 'audio/wav', data: '-_-_' }] },
      '[audio audio/wav, 3 bytes]',
    ],
    [
      'an image without data',
      { content: [{ type: 'image', mimeType: 'image/png' }] },
      '[image image/png]',
    ],
    [
      'a link without a name',
      { content: [{ type: 'resource_link', uri: 'https://x/y' }] },
      '[link https://x/y]',
    ],
    [
      'a resource without a level',
      { content: [{ type: 'resource', uri: 'x://y', mimeType: null, text: 'ok' }] },
      'ok',
    ],
    ['an empty text', { content: [text('')], structuredContent: { a: 1 } }, '{"a":1}'],
    ['isError as a no', { content: [text('ok')], isError: 'False' }, 'ok'],
    ['a resource null', { content: [{ type: 'resource', resource: null }] }, '[resource]'],
    [
      'numbers past 2^53',
      { content: [], structuredContent: { id: '#' } },
      '{"id":9007199254740993}',
    ],
  ])('gives what can be understood of a result with %s', async (_title, result, expected) => {
    const callLine = `{"jsonrpc":"2.0","id":ID,"result":${JSON.stringify(result).replace('"#"', '9007199254740993')}}`;
    expect(await callOdd({ callLine })).toMatchObject({ text: expected, isError: false });
  });

  it.each<[string, unknown, object]>([
    [
      'base64 in lines',
      { type: 'image', mimeType: 'IMAGE/PNG; x=y', data: 'iVBOR\r\nw0KGgo=' },
      {},
    ],
    ['the source of a model’s API', { type: 'image', source: { type: 'base64', data: PNG } }, {}],
    [
      'an address of a model’s API',
      { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
      {},
    ],
    [
      'a resource with an empty text',
      { type: 'resource', resource: { uri: 'a://b.png', text: '', blob: PNG } },
      { name: 'b.png' },
    ],
    ['resources in a list', { type: 'resource', resource: [{ uri: 'a://b', blob: PNG }] }, {}],
  ])('finds the file in a part with %s', async (_title, part, file) => {
    const { files } = await callOdd({ callMessage: { result: { content: [[part]] } } });
    expect(files).toEqual([expect.objectContaining({ mediaType: 'image/png', ...file })]);
  });

  it.each<[string, object, string]>([
    [
      'no content',
      { result: { content: [], isError: true } },
      'The tool failed, and did not say why.',
    ],
    [
      'a text null',
      { result: { content: [text(null)], isError: true } },
      'The tool failed, and did not say why.',
    ],
    [
      'an unknown method',
      { error: { code: -32601, message: 'Unknown tool: echo' } },
      'Unknown tool: echo',
    ],
    ['an invalid request', { error: { code: -32600, message: 'Not so' } }, 'Not so'],
    [
      'invalid arguments',
      { error: { code: -32602, message: 'text is too short' } },
      'text is too short',
    ],
    [
      'an error without a message',
      { error: { code: -32603 } },
      'The tool failed, and did not say why.',
    ],
    ['an error without a code', { error: { message: 'Not now' } }, 'Not now'],
    ['an error that is a text', { error: 'Not now' }, 'Not now'],
    ['words in several languages', { error: { message: { en: 'No' } } }, '{"en":"No"}'],
    ['a code as text', { error: { code: '-32602', message: 'Not now' } }, 'Not now'],
    ['a result beside its error', { result: {}, error: { message: 'Not now' } }, 'Not now'],
    ['an error with odd data', { error: { code: -32042, message: 'Sign in', data: 7 } }, 'Sign in'],
    [
      'words in its data',
      { error: { code: 1, message: null, data: { message: 'Not now' } } },
      'Not now',
    ],
    ...[true, 'True', 1, '1', 'yes', {}].map((isError): [string, object, string] => [
      `${JSON.stringify(isError)} for isError`,
      { result: { content: [text('Not now')], isError } },
      'Not now',
    ]),
    ['is_error', { result: { content: [text('Not now')], is_error: true } }, 'Not now'],
    ['an error as its result', { result: { error: { code: 1, message: 'Not now' } } }, 'Not now'],
    ['an error in words as its result', { result: { error: 'Not now' } }, 'Not now'],
    ['a code that only 2026 knows', { error: { code: -32022, message: 'Not now' } }, 'Not now'],
  ])('reports %s as a failure of the tool, in words', async (_title, callMessage, words) => {
    expect(await callOdd({ callMessage })).toEqual({ text: words, isError: true });
  });

  it.each([
    [
      "EACCES: permission denied, open '/app/data/users/1/memory.json'",
      "EACCES: permission denied, open '[path]'",
    ],
    ['ENOENT /srv/my-app/x.js: not there', 'ENOENT [path]: not there'],
    ['at run (file:///srv/app/x.js:1:2)', 'at run ([path])'],
    [
      'ENOENT:/srv/my app/x, ~/keys/x and \\\\nas\\ada\\x',
      'ENOENT:[path] app/x, [path] and [path]',
    ],
    [
      'http://x.example:80/a/b?c=d//e and //x.example/a/b',
      'http://x.example:80/a/b?c=d//e and //x.example/a/b',
    ],
    ['C:\\Users\\ada\\x.txt and/or https://x.example/a/b', '[path] and/or https://x.example/a/b'],
  ])('shows no path of our machine in a failure: %s', async (words, shown) => {
    expect((await callOdd({ call: { isError: true, content: [text(words)] } })).text).toBe(shown);
    expect((await callOdd({ callMessage: { error: { code: 1, message: words } } })).text).toBe(
      shown,
    );
  });

  describe('that fails', () => {
    const withComplaints = (oddities: object): McpServerSpec =>
      ({
        ...anOddServer(oddities),
        env: { API_KEY: '{env:MCP_SECRET_KEY}', SERVICE_PASSWORD: 'hunter22' },
      }) as McpServerSpec;

    it('leaves its last words in the log: bounded, clean and without secrets', async () => {
      const stderr = `${'x'.repeat(5000)}\n${'line\n'.repeat(100)}\u001b[31mkey k-3f9a77\u001b[0m, pass hunter22\nENOENT no files`;
      const target = aTarget(withComplaints({ exitCode: 3, stderr }));
      await expect(call(target)).rejects.toMatchObject({ code: 'mcp_unavailable' });
      await vi.waitFor(() => expect(events('mcp.server.stderr')).toHaveLength(10));
      const lines = events('mcp.server.stderr').map((line) => line.stderr);
      expect(lines.slice(-2)).toEqual(['key [secret], pass [secret]', 'ENOENT no files']);
      expect(events('mcp.failed')).toEqual([
        expect.objectContaining({ reason: expect.stringContaining('exit code 3') as string }),
      ]);
      expect(events('mcp.call.failed')).toEqual([
        expect.objectContaining({ server: 'odd', tool: 'echo', code: 'mcp_unavailable' }),
      ]);
    });

    it('to start does so, too', async () => {
      const program: McpServerSpec = {
        name: 'program',
        transport: 'stdio',
        command: process.execPath,
        args: ['-e', 'console.error("no such folder"); process.exit(2)'],
      };
      await expect(call(aTarget(program))).rejects.toMatchObject({ code: 'mcp_unavailable' });
      expect(events('mcp.server.stderr').map((line) => line.stderr)).toEqual(['no such folder']);
      expect(events('mcp.failed')).toEqual([
        expect.objectContaining({ reason: expect.stringContaining('exit code 2') as string }),
      ]);
    });

    it('to list its tools is logged with the field and the words of the server', async () => {
      const work = names({ listResult: { tools: 'none' } });
      await expect(work).rejects.toMatchObject({ code: 'mcp_protocol_error' });
      expect(events('mcp.call.failed')).toEqual([
        expect.objectContaining({ server: 'odd', code: 'mcp_protocol_error', field: 'tools' }),
      ]);
    });
  });

  it('finds the folders that its profile names for the user', async () => {
    const server = aHostileServer('honest', {
      argument: '{userDir}/files',
      env: {
        STORE: '{userDir}/deep/store.json',
        OUTSIDE: '{userDir}/../other/x',
        LIST: '{userDir}/a:{userDir}/b',
      },
    });
    await call(aTarget(server));
    const folder = join(dataDir, 'users', alice);
    const made = ['files', 'deep', 'a', 'b', 'deep/store.json', '../other'].map((name) =>
      existsSync(join(folder, name)),
    );
    expect(made).toEqual([true, true, true, true, false, false]);
  });
});
