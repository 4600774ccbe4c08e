import type { Command, CommandGroup } from '../program/command.js';
import { flagName } from '../program/input.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

type Shell = (typeof SHELLS)[number];

/** What may come next after some words. */
interface Continuation {
  /** How the line begins, after the name of the program. */
  readonly after: string;
  readonly words: readonly string[];
}

/** Where a shell puts the words of one continuation into its script. */
interface ShellSyntax {
  readonly head: string;
  readonly continuation: (pattern: string, words: readonly string[]) => string;
  readonly foot: string;
}

const SYNTAXES: Readonly<Record<Shell, ShellSyntax>> = {
  bash: {
    head: `# Completion of gateway for bash: source <(gateway completion bash)
_gateway() {
  local line="\${COMP_WORDS[*]:1:COMP_CWORD-1} " words=''
  case "$line" in`,
    continuation: (pattern, words) => `    ${pattern}) words='${words.join(' ')}' ;;`,
    foot: `  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _gateway gateway`,
  },
  zsh: {
    head: `#compdef gateway
# Completion of gateway for zsh: source <(gateway completion zsh)
_gateway() {
  local line="\${(j: :)words[2,CURRENT-1]} "
  case "$line" in`,
    continuation: (pattern, words) => `    ${pattern}) compadd -- ${words.join(' ')} ;;`,
    foot: `    *) _files ;;
  esac
}
compdef _gateway gateway`,
  },
  fish: {
    head: `# Completion of gateway for fish: gateway completion fish | source
function __gateway_words
  set -l line "$(string join ' ' (commandline -opc)[2..]) "
  switch "$line"`,
    continuation: (pattern, words) =>
      `    case ${pattern}\n      printf '%s\\n' ${words.join(' ')}`,
    foot: `  end
end
complete -c gateway -a '(__gateway_words)'`,
  },
};

/** A script that knows every command, so that a completion starts no process. */
export function completionScript(shell: Shell, groups: readonly CommandGroup[]): string {
  const { head, continuation, foot } = SYNTAXES[shell];
  const lines = continuationsOf(groups.flatMap(({ commands }) => commands)).map(
    ({ after, words }) => continuation(patternOf(shell, after), words),
  );
  return [head, ...lines, foot].join('\n');
}

/** The first one that fits counts: the values of an option, then what a command takes, then the words of its name. */
function continuationsOf(commands: readonly Command[]): Continuation[] {
  const afterWords = new Map<string, Set<string>>();
  for (const { name } of commands) {
    const words = name.split(' ');
    words.forEach((word, at) => {
      const before = words.slice(0, at).join(' ');
      afterWords.set(before, (afterWords.get(before) ?? new Set()).add(word));
    });
  }
  return [
    ...commands.flatMap(valuesOf),
    ...commands.map(({ name, args, options }) => ({
      after: `${name} *`,
      words: [
        ...Object.values(args).flatMap(({ choices }) => choices ?? []),
        ...Object.keys(options).map(flagName),
        '--json',
        '--help',
      ],
    })),
    ...[...afterWords].map(([before, words]) => ({
      after: before === '' ? '' : `${before} `,
      words: [...words, '--help'],
    })),
  ];
}

/** After `--role ` come the roles. */
function valuesOf({ name, options }: Command): Continuation[] {
  return Object.entries(options).flatMap(([key, { choices }]) =>
    choices ? [{ after: `${name} *${flagName(key)} `, words: choices }] : [],
  );
}

/** Quoted as the shell wants it; a star is for any words, and a line without words is one space. */
function patternOf(shell: Shell, after: string): string {
  const line = after === '' ? ' ' : after;
  if (shell === 'fish') return `'${line}'`;
  return line
    .split('*')
    .map((part) => (part === '' ? '' : `'${part}'`))
    .join('*');
}
