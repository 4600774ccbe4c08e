import type { ClientConfig } from 'pg';
import { parse } from 'pg-connection-string';
import { TAKEN_PARAMETERS, type TakenParameters } from './url-parameters.js';

/** A server of PostgreSQL, and how to talk to it. */
export interface DatabaseServer {
  readonly database: string;
  readonly client: ClientConfig;
  /** A password that a machine in between could pass on is not to be sent. */
  readonly mustBindChannel: boolean;
  /** A server that only reads is not to be used. */
  readonly mustBeWritable: boolean;
}

const SCHEME = /^postgres(ql)?:\/\//i;
const SHAPE =
  'must be a valid uri such as postgres://user:password@host:5432/database, where a password has / as %2F and % as %25';
const SEVERAL_HOSTS = 'names several hosts, which is not supported';

/** User and password may have `#` and `?` as they are, as with libpq; the driver would end the address there. */
const USER = /^[^/@]*@(?:[^/?@]*@)*/;

/**
 * Reads a connection string as the driver does. Each parameter is taken, or refused by its name: one that was left out
 * in silence could be the one that asks for TLS.
 *
 * @throws Error whose message says what is wrong, without any value but a mode of TLS
 */
export function databaseServer(url: string): DatabaseServer {
  if (!SCHEME.test(url)) throw new Error(SHAPE);
  const [address, ...query] = withPlainUser(url).split('?');
  const parameters = parametersOf(query.join('?'));
  const taken: TakenParameters = { driver: new URLSearchParams(), client: { keepAlive: true } };
  for (const [name, value] of parameters) {
    const take = TAKEN_PARAMETERS[name];
    if (!take) throw new Error(`has a parameter that is not supported: ${printable(name)}`);
    take(value, taken, parameters);
  }
  return serverOf(parsed(`${address}?${taken.driver.toString()}`), taken);
}

/** With the scheme as the driver wants it, and nothing before the query that it would take for one. */
function withPlainUser(url: string): string {
  const rest = url.slice(url.indexOf('//') + 2);
  const user = USER.exec(rest)?.[0] ?? '';
  const place = rest.slice(user.length);
  if (place.includes('#')) throw new Error(SHAPE);
  if (/^[^/?]*,/.test(place)) throw new Error(SEVERAL_HOSTS);
  return `postgres://${user.replaceAll('#', '%23').replaceAll('?', '%3F')}${place}`;
}

function parametersOf(query: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (parameters.has(name)) throw new Error(`has a parameter twice: ${printable(name)}`);
    parameters.set(name, value);
  }
  return parameters;
}

function parsed(url: string): ReturnType<typeof parse> {
  try {
    return parse(url);
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (path !== undefined) throw new Error(`names a file that cannot be read: ${path} (${code})`);
    throw new Error(SHAPE, { cause: error });
  }
}

function serverOf(url: ReturnType<typeof parse>, taken: TakenParameters): DatabaseServer {
  const { host, port, user, password, ssl } = url;
  if (/,/.test(`${host}${port}`)) throw new Error(SEVERAL_HOSTS);
  if (port && !/^\d{1,5}$/.test(port)) throw new Error(SHAPE);
  const database = taken.database || url.database || user;
  if (!database) throw new Error('names no database');
  const isSocket = host?.startsWith('/') ?? false;
  if (taken.mustBindChannel && (isSocket || !ssl)) {
    throw new Error('has channel_binding=require, which needs sslmode=verify-full');
  }
  return {
    database,
    mustBindChannel: taken.mustBindChannel ?? false,
    mustBeWritable: taken.mustBeWritable ?? false,
    client: {
      ...taken.client,
      database,
      ...(host ? { host } : {}),
      ...(port ? { port: Number(port) } : {}),
      ...(user ? { user } : {}),
      ...(password ? { password } : {}),
      // As with libpq: what never leaves the machine is not encrypted. Absent, PGSSLMODE says it.
      ...(isSocket ? { ssl: false } : ssl === undefined ? {} : { ssl: tlsOf(ssl, host, taken) }),
    } as ClientConfig,
  };
}

/** With the name that the certificate is held against: for an address the driver would have it be `localhost`. */
function tlsOf(
  ssl: unknown,
  host: string | null,
  { minVersion, maxVersion }: TakenParameters,
): unknown {
  if (ssl !== true && typeof ssl !== 'object') return ssl;
  return {
    ...(ssl === true ? {} : ssl),
    ...(host && { host }),
    ...(minVersion && { minVersion }),
    ...(maxVersion && { maxVersion }),
  };
}

/** A name comes from a line that has a password in it: one that is odd is not repeated. */
function printable(name: string): string {
  return /^\w{1,40}$/.test(name) ? name : 'its name is no word';
}
