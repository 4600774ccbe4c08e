import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const HOSTILE_SERVER = resolve('libs/mcp/src/testing/hostile-server.mjs');
/** Of a command in a profile. Characters. */
const LONGEST_ARGUMENT = 2_000;

const ODD_SERVER = resolve('libs/mcp/src/testing/odd-server.mjs');

/** A folder of profiles: the shipped ones, and those given, as file name → content. */
export function aProfilesDir(files: Record<string, unknown> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-profiles-'));
  cpSync('apps/gateway/profiles', folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(
      join(folder, name),
      typeof content === 'string' ? content : JSON.stringify(content),
    );
  }
  return folder;
}

/** A shipped profile whose model gives no titles to conversations: it is asked for answers alone. */
export function withoutTitles(id: string): Record<string, object> {
  const file = `${id}.json`;
  const profile = JSON.parse(readFileSync(join('apps/gateway/profiles', file), 'utf8')) as {
    readonly model: object;
  };
  return { [file]: { ...profile, model: { ...profile.model, titles: false } } };
}

/** A valid profile, changed where a test wants it to be. */
export function aProfile(id: string, changes: Record<string, unknown> = {}): object {
  return {
    id,
    name: 'Test',
    description: 'An assistant of a test.',
    icon: 'wrench',
    version: '1.0.0',
    engine: 'direct',
    servers: [{ name: 'personal-tools', transport: 'built-in' }],
    allowedTools: { 'personal-tools': ['add_note'] },
    limits: { seconds: 20, resultBytes: 65_536 },
    isolation: 'per-user',
    active: true,
    ...changes,
  };
}

/** A profile whose server has a bad habit; see the server for which there are. */
export function aHostileProfile(habit: string, seconds = 2, argument?: string): object {
  return aProfile(habit, {
    servers: [
      {
        name: 'hostile',
        transport: 'stdio',
        command: process.execPath,
        args: [HOSTILE_SERVER, habit, ...(argument === undefined ? [] : [argument])],
      },
    ],
    allowedTools: { hostile: ['echo'] },
    defaultTool: { name: 'echo', argument: 'text' },
    limits: { seconds, resultBytes: 65_536 },
  });
}

function fileOf(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'gateway-odd-')), 'oddities.json');
  writeFileSync(file, text);
  return file;
}

/** A profile whose server works in a dialect; see the server for which there are. */
export function anOddProfile(
  id: string,
  oddities: object,
  tools: readonly string[],
  env?: Record<string, string>,
): object {
  const json = JSON.stringify(oddities);
  const args = [ODD_SERVER, json.length > LONGEST_ARGUMENT ? fileOf(json) : json];
  return aProfile(id, {
    servers: [
      { name: 'odd', transport: 'stdio', command: process.execPath, args, ...(env && { env }) },
    ],
    allowedTools: { odd: tools },
    limits: { seconds: 30, resultBytes: 65_536 },
  });
}
