import type { Command, CommandGroup } from './program/command.js';
import type { Input } from './program/input.js';
import { argumentOf, flagsOf, meaningOf, usageOf } from './program/usage.js';

const START = '<!-- commands -->';
const END = '<!-- /commands -->';

/** docs/cli.md with its tables made anew. */
export function withCommandTables(document: string, groups: readonly CommandGroup[]): string {
  const [before, after] = [document.split(START)[0]!, document.split(END)[1]!];
  const tables = groups.map(
    ({ noun, summary, commands }) =>
      `### ${noun}\n\n${summary}.\n\n| command | does | with |\n| --- | --- | --- |\n` +
      commands.map(rowOf).join('\n'),
  );
  return `${before}${START}\n\n${tables.join('\n\n')}\n\n${END}${after}`;
}

function rowOf(command: Command): string {
  const inputs = [
    ...Object.values(command.args).map((input) => inputRow(argumentOf(input), input)),
    ...Object.entries(command.options).map(([name, input]) =>
      inputRow(flagsOf(name, input), input),
    ),
  ];
  const cells = [`\`${usageOf(command)}\``, command.summary, inputs.join('<br>')];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function inputRow(name: string, input: Input): string {
  return `\`${name}\`: ${meaningOf(input)}`;
}
