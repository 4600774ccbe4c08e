import { mkdirSync, mkdtempSync, existsSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { McpConnections } from '../connections/mcp-connections.js';
import { mcpConfig } from '../mcp.config.js';
import { McpError } from '../mcp.error.js';
import { noBuiltInServers } from '../targets/built-in-servers.js';
import { UserFiles } from './user-files.js';

const ADA = '01a20de4-0000-7000-8000-00000000000a';
const GRACE = '01a20de4-0000-7000-8000-00000000000b';

describe('the files of a user', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'user-files-'));
  const folder = (user: string) => join(dataDir, 'users', user);
  let connections: McpConnections;
  let files: UserFiles;

  beforeAll(() => {
    const config = { ...mcpConfig(), dataDir };
    connections = new McpConnections(config, noBuiltInServers);
    files = new UserFiles(config, connections);
  });
  beforeEach(() => {
    for (const user of [ADA, GRACE]) {
      mkdirSync(join(folder(user), 'inner'), { recursive: true });
      writeFileSync(join(folder(user), 'memory.jsonl'), `{"of":"${user}"}\n`);
    }
  });
  afterAll(async () => {
    await connections.onApplicationShutdown();
    rmSync(dataDir, { recursive: true });
  });

  async function exported(user: string) {
    const found: Record<string, { text?: string; base64?: string }> = {};
    for await (const file of await files.exportOf(user)) {
      const read = async (stream: Readable | undefined) =>
        stream && ((await stream.toArray()) as string[]).join('');
      found[file.path] = { text: await read(file.text), base64: await read(file.base64) };
    }
    return found;
  }

  it('are exported as text where they are text, and as bytes where not', async () => {
    const bytes = Buffer.from([0xff, 0xfe, 0, 1, 2]);
    writeFileSync(join(folder(ADA), 'inner', 'picture'), bytes);
    writeFileSync(join(folder(ADA), 'nul'), 'a\0b');
    writeFileSync(join(folder(ADA), 'cut'), Buffer.from('é').subarray(0, 1));
    expect(await exported(ADA)).toEqual({
      'memory.jsonl': { text: `{"of":"${ADA}"}\n` },
      'inner/picture': { base64: bytes.toString('base64') },
      nul: { base64: Buffer.from('a\0b').toString('base64') },
      cut: { base64: 'ww==' },
    });
  });

  it('are whole, however long', async () => {
    const text = 'é🙂'.repeat(100_000);
    const bytes = Buffer.alloc(200_000, 0xff);
    writeFileSync(join(folder(ADA), 'long'), text);
    writeFileSync(join(folder(ADA), 'bytes'), bytes);
    const found = await exported(ADA);
    expect(found.long?.text).toBe(text);
    expect(Buffer.from(found.bytes!.base64!, 'base64')).toEqual(bytes);
  });

  it('are none of another user, also not by way of a link', async () => {
    symlinkSync(join(folder(GRACE), 'memory.jsonl'), join(folder(ADA), 'link'));
    symlinkSync(folder(GRACE), join(folder(ADA), 'folder'));
    expect(JSON.stringify(await exported(ADA))).not.toContain(GRACE);
  });

  it('are erased with their folder, and those of others stay', async () => {
    symlinkSync(join(folder(GRACE), 'memory.jsonl'), join(folder(ADA), 'another-link'));
    await files.erase(ADA);
    expect(existsSync(folder(ADA))).toBe(false);
    expect(await exported(GRACE)).toHaveProperty(['memory.jsonl']);
    await files.erase(ADA);
    expect(await exported(ADA)).toEqual({});
  });

  it('are found by an id only', async () => {
    await expect(files.erase('../..')).rejects.toBeInstanceOf(McpError);
    await expect(files.exportOf('..')).rejects.toBeInstanceOf(McpError);
    expect(existsSync(dataDir)).toBe(true);
  });
});
