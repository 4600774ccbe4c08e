import type { RedisOptions } from 'ioredis';
import { domainToASCII } from 'node:url';

/** The address of Redis, and the credentials for it. */
export type RedisServer = Pick<
  RedisOptions,
  'host' | 'port' | 'path' | 'username' | 'password' | 'db' | 'family' | 'tls'
>;

const TLS_SCHEMES = ['rediss:', 'valkeys:'];
const SOCKET_SCHEMES = ['unix:', 'redis+unix:', 'redis+socket:'];
const SCHEMES = ['redis:', 'valkey:', ...TLS_SCHEMES, ...SOCKET_SCHEMES];
const SHAPE =
  'must be redis://user:password@host:6379/0, rediss://… or unix:///path, where a password has / as %2F, # as %23 and % as %25';

/** How clients of other languages say whether a certificate is verified. */
const CERTIFICATE_CHECKS: ReadonlyMap<string, boolean> = new Map([
  ['required', true],
  ['cert_required', true],
  ['none', false],
  ['cert_none', false],
]);

/**
 * Reads a connection string. The client library would take any option of its own from the query, and drop what it does
 * not know; here each parameter is taken, or refused by its name.
 *
 * @throws Error whose message says what is wrong, without any value
 */
export function redisServer(text: string): RedisServer {
  const url = /^[a-z+]+:\/\//i.test(text) ? URL.parse(text.replace('@/', '@localhost/')) : null;
  if (!url || !SCHEMES.includes(url.protocol) || url.hash || url.host.includes(','))
    throw new Error(SHAPE);
  const isSocket = SOCKET_SCHEMES.includes(url.protocol);
  const parameters = new Map(url.searchParams);
  return {
    ...(isSocket ? { path: socketOf(url) } : placeOf(url)),
    ...loginOf(url),
    ...databaseOf(isSocket ? '' : url.pathname.slice(1), parameters),
    ...familyOf(parameters),
    ...tlsOf(TLS_SCHEMES.includes(url.protocol), parameters),
    ...nothingOf(parameters),
  };
}

function placeOf({ hostname, port }: URL): RedisServer {
  const host = hostname.replace(/^\[|\]$/g, '');
  // The parser of URLs leaves the letters of a host encoded where it does not know the scheme.
  return {
    host: host.includes('%') ? domainToASCII(decoded(host)) : host || 'localhost',
    port: port ? Number(port) : 6379,
  };
}

function socketOf({ pathname, host }: URL): string {
  if (!['', 'localhost'].includes(host) || pathname.length < 2) throw new Error(SHAPE);
  return decoded(pathname);
}

function loginOf({ username, password }: URL): RedisServer {
  return {
    ...(username && { username: decoded(username) }),
    ...(password && { password: decoded(password) }),
  };
}

function databaseOf(path: string, parameters: Map<string, string>): RedisServer {
  const db = taken('db', parameters) ?? path;
  if (db === '') return {};
  if (!/^\d{1,5}\/?$/.test(db)) throw new Error('has a database that is no number');
  return { db: Number.parseInt(db, 10) };
}

function familyOf(parameters: Map<string, string>): RedisServer {
  const family = taken('family', parameters);
  if (family === undefined) return {};
  if (!/^[046]$/.test(family)) throw new Error('has family with a value that is not supported');
  return { family: Number(family) };
}

function tlsOf(isTls: boolean, parameters: Map<string, string>): RedisServer {
  const check = taken('ssl_cert_reqs', parameters);
  if (check === undefined) return isTls ? { tls: {} } : {};
  const isVerified = CERTIFICATE_CHECKS.get(check.toLowerCase());
  if (isVerified === undefined || !isTls) {
    throw new Error('has ssl_cert_reqs, which must be required or none and needs rediss://');
  }
  return { tls: { rejectUnauthorized: isVerified } };
}

/** @throws Error if an unknown parameter is left */
function nothingOf(parameters: ReadonlyMap<string, string>): RedisServer {
  const [name] = parameters.keys();
  if (name === undefined) return {};
  const printable = /^\w{1,40}$/.test(name) ? name : 'its name is no word';
  throw new Error(`has a parameter that is not supported: ${printable}`);
}

function taken(name: string, parameters: Map<string, string>): string | undefined {
  const value = parameters.get(name);
  parameters.delete(name);
  return value;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error(SHAPE);
  }
}
