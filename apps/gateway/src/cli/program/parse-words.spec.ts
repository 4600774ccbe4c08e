import fc from 'fast-check';
import { COMMAND_GROUPS } from '../commands.js';
import { command, type CommandGroup } from './command.js';
import { flag, optional, repeated, required } from './input.js';
import { parseWords } from './parse-words.js';
import { UsageError } from './usage.error.js';
import { anyText, duration, oneOf } from './value-readers.js';

const set = command({
  name: 'lamps set',
  summary: 'set a lamp',
  args: {
    lamp: required('<lamp>', 'which one', anyText),
    rooms: repeated('ROOM', 'where', anyText),
  },
  options: {
    colour: required('<colour>', 'of the light', oneOf(['red', 'blue'])),
    fadeFor: optional('<duration>', 'how long', duration),
    tag: repeated('<text>', 'for later', anyText),
    noSound: flag('quietly'),
  },
  run: (_app, input) => Promise.resolve({ data: input, text: '' }),
});
const GROUPS: CommandGroup[] = [{ noun: 'lamps', summary: 'Lamps', commands: [set] }];

async function inputOf(...words: string[]): Promise<object> {
  const asked = parseWords(words, GROUPS);
  if (!('command' in asked)) throw new Error(asked.help);
  const outcome = await asked.run(undefined as never);
  return 'data' in outcome ? outcome.data : {};
}

describe('the words of a command', () => {
  it('are read as its declaration says', async () => {
    const words = ['--colour=red', '--fade-for', '2m', '--tag', 'a', '--tag', 'b', '--no-sound'];
    expect(await inputOf('lamps', 'set', 'one', 'hall', 'attic', ...words, '--json')).toEqual({
      args: { lamp: 'one', rooms: ['hall', 'attic'] },
      options: { colour: 'red', fadeFor: 120_000, tag: ['a', 'b'], noSound: true },
    });
    expect(await inputOf('lamps', 'set', 'one', '--colour', 'blue')).toEqual({
      args: { lamp: 'one', rooms: [] },
      options: { colour: 'blue', fadeFor: undefined, tag: [], noSound: false },
    });
  });

  it.each([
    [[], /^Usage: npm run gateway -- <command>\n {2}lamps set /],
    [['lamp'], /^Usage: npm run gateway -- <command>\n/],
    [['lamps', 'sett'], /^Usage: npm run gateway -- <command>\n/],
    [
      ['lamps', 'set'],
      /^Usage: npm run gateway -- lamps set <lamp> \[ROOM\.\.\.\] --colour <colour> /,
    ],
    [['lamps', 'set', 'one'], /^--colour: one of red, blue$/],
    [['lamps', 'set', 'one', '--colour', 'green'], /^--colour: one of red, blue$/],
    [['lamps', 'set', 'one', '--colour', 'red', '--fade-for', 'x'], /^--fade-for: a duration/],
    [['lamps', 'set', 'one', '--color', 'red'], /^Usage: npm run gateway -- lamps set/],
    [['lamps', 'set', 'one', '--sound'], /^Usage: npm run gateway -- lamps set/],
  ])('are refused with what would be right: %j', (words, message) => {
    expect(() => parseWords(words, GROUPS)).toThrow(message);
  });

  it.each([[['--help']], [['lamps', '--help']], [['lamps', 'set', '-h']]])(
    'are explained: %j',
    (words) => {
      const asked = parseWords(words, GROUPS);
      expect('help' in asked && asked.help).toMatch(/^Usage: npm run gateway -- .*[^\n]$/s);
    },
  );

  it('are never repeated: they could be a secret in the wrong place', () => {
    const names = COMMAND_GROUPS.flatMap(({ commands }) => commands.map(({ name }) => name));
    const secret = fc.stringMatching(/^[\w-]{6,20}$/).map((text) => `S3cr3t!${text}`);
    const place = fc.constantFrom<(secret: string) => string[]>(
      (text) => [text],
      (text) => [`--${text}`],
      (text) => ['--username', text],
      (text) => [`--reason=x`, '--network', text],
      (text) => ['x', text, text, text],
    );
    const answerTo = (words: string[]) => {
      try {
        return JSON.stringify(parseWords(words, COMMAND_GROUPS));
      } catch (error) {
        return error instanceof UsageError ? error.message : 'S3cr3t: another error';
      }
    };
    fc.assert(
      fc.property(fc.constantFrom('', ...names), place, secret, (name, where, text) => {
        expect(answerTo([...name.split(' ').filter(Boolean), ...where(text)])).not.toContain(
          'S3cr3t',
        );
      }),
    );
  });
});
