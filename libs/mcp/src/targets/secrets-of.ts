import type { ResolvedServer } from './resolve-target.js';

/** A shorter value would mask words that have nothing to do with it. Characters. */
export const SHORTEST_SECRET = 4;

const MASK = '[secret]';

const NAMES_SECRET = /key|token|secret|pass|auth|cred|cookie|session/i;

/**
 * The values of a server's configuration that must not be in a log: the secrets of the environment, the headers, and
 * what stands in `env`, `args` and the query of the address under a name that tells of one. The longest first.
 */
export function secretsOf(server: ResolvedServer, secrets: Iterable<string>): string[] {
  const found = [...secrets, ...ownSecrets(server)].filter(
    ({ length }) => length >= SHORTEST_SECRET,
  );
  return [...new Set(found)].sort((a, b) => b.length - a.length);
}

function ownSecrets(server: ResolvedServer): string[] {
  switch (server.transport) {
    case 'stdio':
      return [...named(Object.entries(server.env)), ...ofArguments(server.args)];
    case 'http':
      return [...Object.values(server.headers).flatMap(credentials), ...ofUrl(server.url)];
    case 'built-in':
      return [];
  }
}

/** Of `Bearer x` also the x. */
function credentials(header: string): string[] {
  return [header, header.replace(/^\S+\s+/, '')];
}

/** `--token=x`, and `--token x`. */
function ofArguments(args: readonly string[]): string[] {
  return args.flatMap((argument, index) => {
    const [name = '', ...value] = argument.split('=');
    if (value.length > 0) return named([[name, value.join('=')]]);
    const flag = args[index - 1] ?? '';
    return flag.startsWith('-') && !flag.includes('=') ? named([[flag, argument]]) : [];
  });
}

function ofUrl(address: string): string[] {
  if (!URL.canParse(address)) return [];
  const { username, password, searchParams } = new URL(address);
  return [username, password, ...searchParams.values()];
}

function named(entries: readonly (readonly [string, string])[]): string[] {
  return entries.filter(([name]) => NAMES_SECRET.test(name)).map(([, value]) => value);
}

/** A text of a server without them. It may have been cut before: then it ends with the beginning of one. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  const masked = secrets.reduce((left, secret) => left.replaceAll(secret, MASK), text);
  return secrets.reduce(withoutBeginning, masked);
}

function withoutBeginning(text: string, secret: string): string {
  const head = secret.slice(0, SHORTEST_SECRET);
  const first = Math.max(0, text.length - secret.length + 1);
  for (let at = text.indexOf(head, first); at >= 0; at = text.indexOf(head, at + 1)) {
    if (secret.startsWith(text.slice(at))) return text.slice(0, at) + MASK;
  }
  return text;
}
