import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { withCommandTables } from './command-reference.js';
import { COMMAND_GROUPS } from './commands.js';

const PATH = join(import.meta.dirname, '../../../../docs/cli.md');

describe('the reference of the commands', () => {
  it('is the tables in docs/cli.md; npm run commands writes them', async () => {
    const written = readFileSync(PATH, 'utf8');
    const options = { ...(await resolveConfig(PATH)), parser: 'markdown' };
    expect(await format(withCommandTables(written, COMMAND_GROUPS), options)).toBe(written);
  });

  it('has each command once, below its noun', () => {
    const names = COMMAND_GROUPS.flatMap(({ noun, commands }) =>
      commands.map(({ name }) => [noun, name] as const),
    );
    expect(names.filter(([noun, name]) => name.split(' ')[0] !== noun)).toEqual([]);
    expect(names).toHaveLength(new Set(names.map(([, name]) => name)).size);
  });
});
