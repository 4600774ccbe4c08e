import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyVariable, parseEnvironment, secretVariable } from './index.js';

const schema = {
  KEY: keyVariable({ shortest: 32 }).optional(),
  TOKEN: secretVariable().optional(),
};
const read = (environment: NodeJS.ProcessEnv) =>
  parseEnvironment<{ KEY?: string; TOKEN?: string }>(schema, environment);

describe('a secret', () => {
  const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  const key = 'k'.repeat(40);

  afterAll(() => rmSync(folder, { recursive: true }));

  function aFile(content: string): string {
    const path = join(folder, String(Math.random()));
    writeFileSync(path, content);
    return path;
  }

  it('comes from the file that the variable with _FILE names, without the line end of that file', () => {
    expect(read({ KEY_FILE: aFile(`${key}\n`), TOKEN_FILE: aFile('t\r\n') })).toEqual({
      KEY: key,
      TOKEN: 't',
    });
  });

  it('is the one that is set when the other is empty', () => {
    expect(read({ KEY: key, KEY_FILE: '' })).toEqual({ KEY: key });
    expect(read({ KEY: '', KEY_FILE: aFile(key) })).toEqual({ KEY: key });
  });

  it('is refused when it is given in both ways, without its value', () => {
    const attempt = () => read({ KEY: key, KEY_FILE: aFile(key) });
    expect(attempt).toThrow(/^Invalid configuration: KEY and KEY_FILE are both set/);
    expect(attempt).not.toThrow(new RegExp(key));
  });

  it.each([
    ['is not there', () => join(folder, 'nowhere')],
    ['is a folder', () => folder],
    ['is empty', () => aFile('\n')],
    ['is no secret but a disk', () => aFile('x'.repeat(65_537))],
    ['is a device', () => '/dev/zero'],
    ['is no path', () => 'a\0b'],
  ])('is refused in one line when its file %s', (_, path) => {
    expect(() => read({ KEY_FILE: path() })).toThrow(
      /^Invalid configuration: KEY_FILE must name a readable file with the secret in it$/,
    );
  });

  it('is bound by the same rules when it comes from a file', () => {
    expect(() => read({ KEY_FILE: aFile('short') })).toThrow(/KEY must have at least 32 bytes/);
  });

  it('is taken byte for byte if it is a key: another one makes every hash useless', () => {
    expect(read({ KEY: ` "${key}" ` }).KEY).toBe(` "${key}" `);
    expect(read({ TOKEN: ' "t"\r' }).TOKEN).toBe('t');
  });
});
