import { execFileSync } from 'node:child_process';
import { COMMAND_GROUPS } from '../commands.js';
import { completionScript, SHELLS } from './completion-script.js';

/** What bash offers for the last of some words, the cursor at its end. */
function offered(...words: string[]): string[] {
  const script = `${completionScript('bash', COMMAND_GROUPS)}
    COMP_WORDS=(gateway "$@"); COMP_CWORD=$#
    _gateway; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean);
}

describe('the completion', () => {
  it('offers nouns, verbs, options and the values of a list in bash', () => {
    expect(offered('')).toEqual([...COMMAND_GROUPS.map(({ noun }) => noun), '--help']);
    expect(offered('bl')).toEqual(['blocks']);
    expect(offered('blocks', '')).toEqual(['add', 'list', 'remove', '--help']);
    expect(offered('blocks', 'add', '--network', '203.0.113.0/24', '--re')).toEqual(['--reason']);
    expect(offered('completion', '')).toEqual(expect.arrayContaining([...SHELLS]));
    expect(offered('no', 'such', '')).toEqual([]);
  });

  it('is a script of words that no shell reads as more', () => {
    const words = COMMAND_GROUPS.flatMap(({ commands }) =>
      commands.flatMap(({ name, options, args }) => [
        ...name.split(' '),
        ...Object.keys(options),
        ...[...Object.values(options), ...Object.values(args)].flatMap((one) => one.choices ?? []),
      ]),
    );
    expect(words.filter((word) => !/^[\w.-]+$/.test(word))).toEqual([]);
  });
});
