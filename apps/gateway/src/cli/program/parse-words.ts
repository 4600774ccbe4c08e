import { Argument, Command as Commander, CommanderError, Option } from 'commander';
import type { Command, CommandGroup } from './command.js';
import type { Given, Input } from './input.js';
import { UsageError } from './usage.error.js';
import { argumentOf, flagsOf, meaningOf, overviewOf, PROGRAM, usageOf } from './usage.js';

/** What the words of an operator ask for. */
export type Asked =
  | { readonly help: string }
  | { readonly command: Command; readonly run: ReturnType<Command['prepare']> };

/**
 * Finds the command that the words name, and reads its input. What was typed is in no message: it could be a secret in
 * the wrong place.
 *
 * @throws UsageError
 */
export function parseWords(words: readonly string[], groups: readonly CommandGroup[]): Asked {
  let asked: Asked | undefined;
  let help = '';
  const program = withoutExit(new Commander(PROGRAM), () => overviewOf(groups))
    .configureOutput({ writeOut: (text) => (help += text), writeErr: () => undefined })
    .helpOption('-h, --help', 'show this')
    .helpCommand(false);
  program.helpInformation = () => `${overviewOf(groups)}\n`;
  for (const group of groups) {
    for (const command of group.commands) {
      const leaf = leafOf(program, command, group);
      leaf.action(() => {
        asked = { command, run: command.prepare(...givenTo(leaf, command)) };
      });
    }
  }
  try {
    program.parse(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { help: help.trimEnd() };
  }
  if (!asked) throw new UsageError(overviewOf(groups));
  return asked;
}

/** The command of commander for a declared one, below those of its first words. */
function leafOf(program: Commander, declared: Command, group: CommandGroup): Commander {
  const words = declared.name.split(' ');
  const parent = words.slice(0, -1).reduce((above, word) => branchOf(above, word, group), program);
  const leaf = withoutExit(
    parent.command(words.at(-1)!),
    () => `Usage: ${PROGRAM} ${usageOf(declared)}`,
  )
    .summary(declared.summary)
    .description(`${declared.summary[0]!.toUpperCase()}${declared.summary.slice(1)}.`);
  for (const input of Object.values(declared.args)) {
    leaf.addArgument(new Argument(argumentOf(input), meaningOf(input)));
  }
  for (const [name, input] of Object.entries(declared.options)) {
    leaf.addOption(optionOf(name, input));
  }
  return leaf.option('--json', 'answer with one JSON document, also on errors');
}

function branchOf(above: Commander, word: string, group: CommandGroup): Commander {
  const known = above.commands.find((one) => one.name() === word);
  if (known) return known;
  const branch = withoutExit(above.command(word), () => overviewOf([group])).helpCommand(false);
  branch.helpInformation = () => `${overviewOf([group])}\n`;
  return branch;
}

function withoutExit(commander: Commander, usage: () => string): Commander {
  return commander.exitOverride((error) => {
    if (error.exitCode === 0) throw error;
    throw new UsageError(usage());
  });
}

function optionOf(name: string, input: Input): Option {
  const option = new Option(flagsOf(name, input), meaningOf(input));
  return input.isRepeated
    ? option.argParser((text: string, before?: string[]) => [...(before ?? []), text])
    : option;
}

/** What was typed, by the names of the declaration. */
function givenTo(leaf: Commander, { args, options }: Command): Parameters<Command['prepare']> {
  const typed = leaf.opts<Record<string, Given>>();
  const words = leaf.processedArgs as Given[];
  return [
    Object.fromEntries(Object.keys(args).map((name, at) => [name, words[at]])),
    Object.fromEntries(
      Object.entries(options).map(([name, input]) => {
        const option = optionOf(name, input);
        const value = typed[option.attributeName()];
        // Commander takes `--no-calls` for the opposite of `--calls`.
        return [name, option.negate ? value === false : value];
      }),
    ),
  ];
}
