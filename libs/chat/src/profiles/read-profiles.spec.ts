import { ConfigurationError } from '@app/config';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readProfileFiles, readProfiles } from './read-profiles.js';

const NOTES = readFileSync('apps/gateway/profiles/notes.json', 'utf8');

describe('a folder of profiles', () => {
  const folder = mkdtempSync(join(tmpdir(), 'profiles-'));
  const known = {
    isBuiltIn: () => true,
    isModel: (name: string) => name !== 'gone',
    activeModel: (name: string) => ({ default: { price: { currency: 'USD' } }, free: {} })[name],
  };
  const read = () => readProfiles(readProfileFiles(folder), known);
  const bad = mkdtempSync(join(tmpdir(), 'bad-profiles-'));
  afterAll(() => [folder, bad].forEach((path) => rmSync(path, { recursive: true })));

  it.each([
    ['a byte order mark', `\uFEFF${NOTES}`],
    ['line ends of Windows', NOTES.replaceAll('\n', '\r\n')],
  ])('is read whatever the editor has written: %s', (_, text) => {
    writeFileSync(join(folder, 'notes.json'), text);
    writeFileSync(join(folder, '._notes.json'), 'what a copy from another system leaves');
    expect(read().map(({ id }) => id)).toEqual(['notes']);
  });

  it.each([
    [{ model: { fallbacks: ['gone'] } }, 'model names "gone", which MODELS_DIR has no file for'],
    [{ accent: '#FFE066' }, 'accent #FFE066 cannot be told from white or from black'],
    [{ accent: '#0A0A0A' }, 'accent #0A0A0A cannot be told from white or from black'],
    [{ accent: 'red' }, 'accent must match pattern'],
    [{ suggestions: [{ text: 'Hello' }] }, 'suggestions must NOT have fewer than 3 items'],
    [
      { suggestions: ['/help', '/help', '/burn 1'].map((command) => ({ text: 'x', command })) },
      "suggestions/2/command is none of the assistant's commands",
    ],
    [{ capabilities: ['x'.repeat(121)] }, 'capabilities/0 must NOT have more than 120 characters'],
    [{ name: 'No\u202etes' }, 'name must match pattern'],
    [{ language: 'de' }, 'translations/de is its own language'],
    [
      {
        translations: { de: { name: 'Notizen', description: 'Notizen.', capabilities: ['Eine'] } },
      },
      'translations/de/capabilities has 1 of 3 texts',
    ],
    [{ toolRisks: { burn_notes: 'read' } }, 'toolRisks names "burn_notes", which is not among'],
    [{ toolRisks: { add_note: 'safe' } }, 'toolRisks/add_note must be equal to one of the allowed'],
    [
      { engine: 'direct', model: undefined, sampling: { maxTokens: 100, callsPerMessage: 1 } },
      'sampling needs the engine "model"',
    ],
    [{ engine: 'direct' }, 'model needs the engine "model"'],
    [
      { limits: { seconds: 20, resultBytes: 65_536, costPerDay: { currency: 'EUR', amount: 1 } } },
      'limits/costPerDay needs a price in EUR of the model "default"',
    ],
    [
      {
        model: { fallbacks: ['free'] },
        limits: { seconds: 20, resultBytes: 65_536, costPerDay: { currency: 'USD', amount: 1 } },
      },
      'limits/costPerDay needs a price in USD of the model "free"',
    ],
    [
      {
        engine: 'direct',
        model: undefined,
        limits: { seconds: 20, resultBytes: 65_536, tokensPerDay: 1 },
      },
      'limits/tokensPerDay needs the engine "model"',
    ],
    [{ model: { seconds: 121 } }, 'model/seconds must be <= 120'],
  ])('is refused where one has %j', (changes, reason) => {
    const profile = { ...(JSON.parse(NOTES) as object), ...changes };
    writeFileSync(join(folder, 'notes.json'), JSON.stringify(profile));
    expect(read).toThrow(`Invalid profile notes.json: ${reason}`);
  });

  it.each([
    ['nothing', ''],
    ['another encoding', Buffer.from(`\uFEFF${NOTES}`, 'utf16le')],
    ['half of it', NOTES.slice(0, 99)],
    ['a comment', `// s3cret\n${NOTES}`],
    ['a line end in a text', NOTES.replace('"id": "', '"id": "s3cret\n')],
  ])('is refused in one line, without the content, where a file has %s', (_, text) => {
    writeFileSync(join(folder, 'notes.json'), text);
    expect(read).toThrow(ConfigurationError);
    expect(read).toThrow(/^Invalid profile notes\.json: not JSON: [^\n\r]+$/);
    expect(read).not.toThrow(/s3cret/);
  });

  it.each([
    ['no JSON', '{', /bad\.json: not JSON/],
    ['a missing field', { ...aProfile('bad'), name: undefined }, /bad\.json: .*'name'/],
    ['a wrong type', aProfile('bad', { version: 1 }), /bad\.json: version must be string/],
    ['an unknown field', aProfile('bad', { colour: 'red' }), /bad\.json: .*"colour"/],
    [
      'a limit out of bounds',
      aProfile('bad', { limits: { seconds: 0, resultBytes: 65_536 } }),
      /bad\.json: limits\/seconds must be >= 1/,
    ],
    [
      'a transport that is none',
      aProfile('bad', { servers: [{ name: 'x', transport: 'telnet' }] }),
      /bad\.json: servers\/0\/transport .*built-in, stdio, http/,
    ],
    [
      'a stdio server without a command',
      aProfile('bad', {
        servers: [{ name: 'x', transport: 'stdio' }],
        allowedTools: { x: ['a'] },
      }),
      /bad\.json: servers\/0/,
    ],
    [
      'a sandbox whose user cannot reach its folder',
      aProfile('bad', {
        servers: [
          {
            name: 'x',
            transport: 'stdio',
            command: 'x',
            args: ['{userDir}'],
            sandbox: { user: 20001 },
          },
        ],
        allowedTools: { x: ['a'] },
      }),
      /bad\.json: servers\/0\/sandbox\/user cannot reach \{userDir\} without filesystem/,
    ],
    [
      'a sandbox that leaves the sockets of this machine',
      aProfile('bad', {
        servers: [{ name: 'x', transport: 'stdio', command: 'x', sandbox: { network: false } }],
        allowedTools: { x: ['a'] },
      }),
      /bad\.json: servers\/0\/sandbox\/network needs filesystem/,
    ],
    [
      'two users of the system for the folder of a person',
      aProfile('bad', {
        servers: ['x', 'y'].map((name, index) => ({
          name,
          transport: 'stdio',
          command: 'x',
          args: ['{userDir}'],
          sandbox: { user: 20001 + index, filesystem: 'read-only' },
        })),
        allowedTools: { x: ['a'], y: ['b'] },
        toolRisks: {},
        suggestions: undefined,
        translations: undefined,
      }),
      /bad\.json: servers\/1\/sandbox\/user has to be 20001/,
    ],
    [
      'a sandbox that opens what it has not closed',
      aProfile('bad', {
        servers: [{ name: 'x', transport: 'stdio', command: 'x', sandbox: { readable: ['/opt'] } }],
        allowedTools: { x: ['a'] },
      }),
      /bad\.json: servers\/0\/sandbox\/readable needs filesystem/,
    ],
    [
      'an address that may be dialled and is none',
      aProfile('bad', {
        servers: [
          {
            name: 'x',
            transport: 'http',
            url: 'https://tools.example/mcp',
            allowPrivateAddresses: ['10.0.0.0/8', '10.0.0.0/99'],
          },
        ],
        allowedTools: { x: ['a'] },
      }),
      /bad\.json: servers\/0\/allowPrivateAddresses "10\.0\.0\.0\/99" is no address/,
    ],
    [
      'data of users outside of their folders',
      aProfile('bad', {
        servers: [
          {
            name: 'x',
            transport: 'stdio',
            command: 'x',
            args: ['--store', '{dataDir}/stores'],
            env: { OWNER: '{userId}' },
          },
        ],
        allowedTools: { x: ['a'] },
      }),
      /bad\.json: servers\/0 names \{userId\} with \{dataDir\}/,
    ],
    ['an id unlike its file', aProfile('good'), /bad\.json: id "good" differs/],
    [
      'tools of a server that is not there',
      aProfile('bad', { allowedTools: { other: ['x'] } }),
      /bad\.json: allowedTools names a server "other"/,
    ],
    [
      'a default tool that is not allowed',
      aProfile('bad', { defaultTool: { name: 'delete_note', argument: 'number' } }),
      /bad\.json: defaultTool\/name "delete_note" is not among/,
    ],
    [
      'a built-in server that does not exist',
      aProfile('bad', {
        servers: [{ name: 'imaginary', transport: 'built-in' }],
        allowedTools: { imaginary: ['x'] },
      }),
      /bad\.json: servers\/0\/name "imaginary" is not built in/,
    ],
  ])('is refused with file, field and reason where one has %s', (_, content, line) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    writeFileSync(join(bad, 'bad.json'), text);
    expect(() =>
      readProfiles(readProfileFiles(bad), {
        ...known,
        isBuiltIn: (name) => name === 'personal-tools',
      }),
    ).toThrow(line);
  });
});

/** A valid profile, changed where a test wants it to be. */
function aProfile(id: string, changes: Record<string, unknown> = {}): object {
  const notes = JSON.parse(NOTES) as object;
  const allowedTools = { 'personal-tools': ['add_note'] };
  return { ...notes, defaultTool: undefined, allowedTools, id, ...changes };
}
