import type { McpServerSpec } from '@app/mcp';
import { optional, repeated, type Values } from './program/input.js';
import { UsageError } from './program/usage.error.js';
import { anyText } from './program/value-readers.js';
import type { Questions } from './questions.js';

/** What an operator may say of a server. */
export const SERVER_OPTIONS = {
  url: optional('<url>', 'the address of the server', anyText),
  module: optional('<script>', 'a script of an npm package', anyText),
  command: optional('<command>', 'the command that starts the server', anyText),
  arg: repeated('<text>', 'an argument of the script or the command', anyText),
  env: repeated('<NAME=VALUE>', 'a variable of the script or the command', anyText),
  header: repeated('<NAME:VALUE>', 'a header that each call sends', anyText),
  allowPrivate: repeated(
    '<network>',
    'a private network in which the address of the server may be',
    anyText,
  ),
};

type ServerOptions = Values<typeof SERVER_OPTIONS>;

/** Of a header, a variable or a parameter that holds what is not to be in a file. */
const SECRET_NAME = /authorization|cookie|key|passw|secret|token/i;

/** No secret, though the name may look like one: `MAX_TOKENS=4096`. */
const PLAIN_VALUE = /^(?:\d{1,9}|true|false|)$/i;

/** A script in a package, as a profile names it. */
const MODULE = /^(@[a-z0-9-]+\/)?[a-z0-9-]+\/[A-Za-z0-9_./-]+\.[cm]?js$/;

/** The server that the options describe, or the answer to one question. @throws UsageError */
export async function serverOf(
  name: string,
  options: ServerOptions,
  questions: Questions,
): Promise<McpServerSpec> {
  const given = (['url', 'module', 'command'] as const).filter((kind) => options[kind]);
  if (given.length > 1) throw new UsageError(`Only one of --${given.join(' and --')}.`);
  const [named] = given;
  const { kind, words } = named
    ? { kind: named, words: [options[named] ?? ''] }
    : await askWhere(questions);
  const [first = '', ...more] = words;
  if (first === '') throw new UsageError('Name the server: --url, --module or --command.');
  if (kind === 'url') return httpServer(name, first, options);
  const args = [...more, ...options.arg];
  const env = pairsOf('env', options.env, '=');
  refuseSecrets('env', env);
  refuseSecrets('arg', argumentPairs(args));
  return {
    name,
    transport: 'stdio',
    ...(kind === 'module' ? { module: first } : { command: first }),
    ...(args.length > 0 && { args }),
    ...(Object.keys(env).length > 0 && { env }),
  };
}

async function askWhere(questions: Questions) {
  const where = await questions.ask(
    'Server: an address, a script of an npm package, or a command with its arguments',
    '',
  );
  if (/^https?:\/\//.test(where)) return { kind: 'url', words: [where] };
  const words = where.split(/\s+/);
  return { kind: MODULE.test(words[0]!) ? 'module' : 'command', words };
}

function httpServer(name: string, url: string, options: ServerOptions): McpServerSpec {
  const headers = pairsOf('header', options.header, ':');
  refuseSecrets('header', headers);
  if (URL.canParse(url)) refuseSecrets('url', secretsInAddress(new URL(url)));
  const { allowPrivate } = options;
  return {
    name,
    transport: 'http',
    url,
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(allowPrivate.length > 0 && { allowPrivateAddresses: [...allowPrivate] }),
  };
}

/** @throws UsageError for a value that is a secret by its name */
function refuseSecrets(option: string, pairs: Readonly<Record<string, string>>): void {
  const bare = Object.entries(pairs).find(
    ([name, value]) =>
      SECRET_NAME.test(name) && !PLAIN_VALUE.test(value) && !value.includes('{env:MCP_SECRET_'),
  );
  if (!bare) return;
  throw new UsageError(
    `--${option} ${bare[0]}: a secret does not belong in a file. Put it into a variable: {env:MCP_SECRET_…}`,
  );
}

function secretsInAddress({ searchParams, password }: URL): Record<string, string> {
  return { ...Object.fromEntries(searchParams), password: decodeURIComponent(password) };
}

/** `--name=value`, and `--name` before `value`. */
function argumentPairs(args: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    args.flatMap((arg, index) => {
      const [, name, value] = /^--?([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
      if (name === undefined) return [];
      const next = args[index + 1] ?? '';
      return [[name, value ?? (next.startsWith('-') ? '' : next)]];
    }),
  );
}

function pairsOf(
  option: string,
  given: readonly string[],
  separator: string,
): Record<string, string> {
  return Object.fromEntries(
    given.map((pair) => {
      const at = pair.indexOf(separator);
      if (at < 1) throw new UsageError(`--${option}: write it as NAME${separator}VALUE`);
      return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
    }),
  );
}
