import { readFileSync, statSync } from 'node:fs';
import { ConfigurationError } from './configuration.error.js';
import type { VariableKind } from './variable-kind.js';

/** What Kubernetes sets for a service of the same name as ours: `PERSONAL_TOOLS_PORT=tcp://10.0.0.1:3100`. */
const SERVICE_LINK = /^(tcp|udp|sctp):\/\/\S+:\d+$/i;

/** Quotes that `docker run --env-file` and unit files pass on, and that other readers of `.env` take off. */
const QUOTED = /^(["'])((?:(?!\1).)*)\1$/s;

/** Longest content of a secret's file. Bytes. */
const LONGEST_SECRET_FILE = 65_536;

/**
 * What the environment says about a variable; undefined if it says nothing. An empty text says nothing, as compose
 * files pass unset variables on that way. White space and quotes around a value are not part of it, except with a
 * key: a changed byte would make every hash and token that it has made useless.
 *
 * @throws ConfigurationError if a secret is given twice, or its file cannot be read
 */
export function environmentValue(
  name: string,
  kind: VariableKind,
  environment: NodeJS.ProcessEnv,
): string | undefined {
  const given = cleaned(environment[name], kind);
  if (kind.isSecret !== true) return isServiceLink(name, given) ? undefined : given;
  const path = cleaned(environment[`${name}_FILE`], {});
  if (path === undefined) return given;
  if (given === undefined) return cleaned(contentOf(`${name}_FILE`, path), kind);
  throw new ConfigurationError(
    `Invalid configuration: ${name} and ${name}_FILE are both set, and only one may be`,
  );
}

function cleaned(text: string | undefined, { isKey }: VariableKind): string | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  if (isKey === true) return text;
  const bare = text.trim();
  const unquoted = QUOTED.exec(bare)?.[2]?.trim() ?? bare;
  return unquoted === '' ? undefined : unquoted;
}

function isServiceLink(name: string, value: string | undefined): boolean {
  return /(^|_)PORT$/.test(name) && value !== undefined && SERVICE_LINK.test(value);
}

/** Without the line end that editors and `echo` leave: it is no part of a secret. */
function contentOf(name: string, path: string): string {
  try {
    const file = statSync(path);
    // Nothing else is read: a device or a pipe may have no end.
    if (file.isFile() && file.size <= LONGEST_SECRET_FILE) {
      const content = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
      if (content.trim() !== '') return content;
    }
  } catch {
    // Why is of no use without the path, which may tell where secrets are kept.
  }
  throw new ConfigurationError(
    `Invalid configuration: ${name} must name a readable file with the secret in it`,
  );
}
