import type { Command, CommandGroup } from './command.js';
import { flagName, type Input } from './input.js';

/** How the program is called, in every text that shows a command. */
export const PROGRAM = 'npm run gateway --';

/** More options than these are not in the line of a command, only in its help. */
const OPTIONS_IN_LINE = 5;

/** How wide the commands are in the list of all, before their meaning. Characters. */
const COMMAND_WIDTH = 44;

/** The line of a command with what it takes: `keys rotate [--revoke-old]`. */
export function usageOf({ name, args, options }: Command): string {
  const inLine = Object.entries(options).map(([key, input]) => optionOf(key, input));
  return [
    name,
    ...Object.values(args).map(argumentOf),
    ...(inLine.length > OPTIONS_IN_LINE ? ['[options]'] : inLine),
  ].join(' ');
}

/** What a word that names nothing is answered with. */
export function overviewOf(groups: readonly CommandGroup[]): string {
  const lines = groups.flatMap(({ commands }) =>
    commands.map((one) => lineOf(usageOf(one), one.summary)),
  );
  return [
    `Usage: ${PROGRAM} <command>`,
    ...lines,
    `Each takes --json, for one document instead of words, and --help.`,
  ].join('\n');
}

/** What is wider than its column has the meaning below it. */
function lineOf(usage: string, summary: string): string {
  const isWide = usage.length > COMMAND_WIDTH;
  const start = isWide ? `${usage}\n  ${''.padEnd(COMMAND_WIDTH)}` : usage.padEnd(COMMAND_WIDTH);
  return `  ${start} ${summary}`;
}

/** An argument in the form that the help and commander take: `<id>`, `[PROFILE...]`. */
export function argumentOf({ value = '', isRequired, isRepeated }: Input): string {
  const name = value.replaceAll(/[<>]/g, '');
  if (isRequired) return `<${name}>`;
  return isRepeated ? `[${name}...]` : `[${name}]`;
}

/** `--for <duration>`. */
export function flagsOf(name: string, { value }: Input): string {
  return value === undefined ? flagName(name) : `${flagName(name)} ${value}`;
}

/** What an input is for, with the values of a short list. */
export function meaningOf({ summary, choices }: Input): string {
  return choices ? `${summary} (${choices.join(', ')})` : summary;
}

function optionOf(name: string, input: Input): string {
  const flags = flagsOf(name, input);
  if (input.isRequired) return flags;
  return input.isRepeated ? `[${flags} ...]` : `[${flags}]`;
}
