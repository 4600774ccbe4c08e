import type { TokenChallenge } from '../targets/server-credentials.js';

/** The longest header that is read, and the longest name in it. Characters. */
const LONGEST_HEADER = 2_048;
const LONGEST_NAME = 40;

/** The challenge of a response that refuses a token; undefined for any other response. */
export function challengeOf({ status, headers }: Response): TokenChallenge | undefined {
  if (status !== 401 && status !== 403) return undefined;
  const { error, scope } = challengeParameters(headers);
  if (status === 403 && error !== 'insufficient_scope') return undefined;
  return { statusCode: status, ...(scope !== undefined && { scope }) };
}

/**
 * The parameters of `WWW-Authenticate` (RFC 9110 §11.2), by their names in lower case. The first of a name counts. Read in
 * one pass: the header is of a server that may mean harm.
 */
export function challengeParameters(headers: Headers): Readonly<Record<string, string>> {
  const header = (headers.get('www-authenticate') ?? '').slice(0, LONGEST_HEADER);
  const found = new Map<string, string>();
  let from = 0;
  for (let at = header.indexOf('='); at >= 0; at = header.indexOf('=', from)) {
    const name = nameBefore(header, from, at).toLowerCase();
    const value = valueAfter(header, at);
    if (!value) break;
    if (name !== '' && !found.has(name)) found.set(name, value.text);
    from = value.end;
  }
  return Object.fromEntries(found);
}

function nameBefore(header: string, from: number, equals: number): string {
  const before = header.slice(Math.max(from, equals - 2 * LONGEST_NAME), equals).trimEnd();
  let start = before.length;
  while (start > 0 && /[A-Za-z_]/.test(before[start - 1]!)) start -= 1;
  return before.length - start > LONGEST_NAME ? '' : before.slice(start);
}

/** A token, or a quoted string. Undefined for one without an end. */
function valueAfter(header: string, equals: number): { text: string; end: number } | undefined {
  let at = equals + 1;
  while (header[at] === ' ' || header[at] === '\t') at += 1;
  if (header[at] === '"') return quotedAt(header, at + 1);
  const start = at;
  while (at < header.length && !/[\s",]/.test(header[at]!)) at += 1;
  return { text: header.slice(start, at), end: at };
}

function quotedAt(header: string, start: number): { text: string; end: number } | undefined {
  let text = '';
  for (let at = start; at < header.length; at += 1) {
    if (header[at] === '"') return { text, end: at + 1 };
    if (header[at] === '\\') at += 1;
    text += header[at] ?? '';
  }
  return undefined;
}
