import type { ClientConfig } from 'pg';

/** What the parameters of a connection string come to. */
export interface TakenParameters {
  /** For the driver's own parser. */
  readonly driver: URLSearchParams;
  readonly client: ClientConfig;
  database?: string;
  minVersion?: string;
  maxVersion?: string;
  mustBindChannel?: boolean;
  mustBeWritable?: boolean;
}

type Take = (value: string, taken: TakenParameters, all: ReadonlyMap<string, string>) => void;

const ENCRYPTED = ['require', 'verify-ca', 'verify-full', 'no-verify'];
const PROTOCOL = /^TLSv1(\.[123])?$/;

/** Those that a connection string may have. What is not here is refused. */
export const TAKEN_PARAMETERS: Readonly<Record<string, Take | undefined>> = {
  __proto__: null as never,
  host: forDriver('host'),
  port: forDriver('port'),
  user: forDriver('user'),
  password: forDriver('password'),
  dbname: (value, taken) => (taken.database = value),

  sslmode: takeSslMode,
  ssl: takeSsl,
  sslcert: forDriver('sslcert'),
  sslkey: forDriver('sslkey'),
  sslrootcert: takeRootCertificate,
  uselibpqcompat: oneOf('uselibpqcompat', ['true', 'false'], (value, { driver }) => {
    if (value === 'true') driver.set('uselibpqcompat', value);
  }),
  sslnegotiation: oneOf('sslnegotiation', ['postgres', 'direct'], forDriver('sslnegotiation')),
  ssl_min_protocol_version: (value, taken) =>
    (taken.minVersion = protocol('ssl_min_protocol_version', value)),
  ssl_max_protocol_version: (value, taken) =>
    (taken.maxVersion = protocol('ssl_max_protocol_version', value)),
  sslsni: oneOf('sslsni', ['1']),
  sslcompression: oneOf('sslcompression', ['0']),
  gssencmode: oneOf('gssencmode', ['disable', 'prefer']),
  channel_binding: oneOf('channel_binding', ['disable', 'prefer', 'require'], (value, taken) => {
    taken.client.enableChannelBinding = value !== 'disable';
    taken.mustBindChannel = value === 'require';
  }),

  application_name: (value, { client }) => (client.application_name = value),
  fallback_application_name: (value, { client }) => (client.fallback_application_name = value),
  options: (value, { client }) => (client.options = value),
  client_encoding: oneOf('client_encoding', ['utf8', 'UTF8', 'utf-8', 'UTF-8', 'auto']),
  connect_timeout: (value, { client }) => {
    const seconds = count('connect_timeout', value);
    if (seconds > 0) client.connectionTimeoutMillis = seconds * 1_000;
  },
  statement_timeout: (value, { client }) =>
    (client.statement_timeout = count('statement_timeout', value)),
  lock_timeout: (value, { client }) => (client.lock_timeout = count('lock_timeout', value)),
  idle_in_transaction_session_timeout: (value, { client }) =>
    (client.idle_in_transaction_session_timeout = count(
      'idle_in_transaction_session_timeout',
      value,
    )),
  query_timeout: (value, { client }) => (client.query_timeout = count('query_timeout', value)),
  keepalives: oneOf('keepalives', ['0', '1'], (value, { client }) => {
    client.keepAlive = value === '1';
  }),
  keepalives_idle: (value, { client }) =>
    (client.keepAliveInitialDelayMillis = count('keepalives_idle', value) * 1_000),
  target_session_attrs: oneOf(
    'target_session_attrs',
    ['any', 'read-write', 'primary'],
    (value, taken) => (taken.mustBeWritable = value !== 'any'),
  ),
  load_balance_hosts: oneOf('load_balance_hosts', ['disable']),

  // What hosts of PgBouncer add for libraries that cannot tell. Here it is found out.
  pgbouncer: oneOf('pgbouncer', ['true', 'false']),
  supa: () => undefined,
};

/**
 * The driver takes `require` as `verify-full`, the strict way, and so it stays. It would take `prefer` and `allow` so,
 * too, which their names do not say.
 */
function takeSslMode(text: string, { driver }: TakenParameters, all: ReadonlyMap<string, string>) {
  const value = text.toLowerCase();
  if (all.has('ssl')) throw new Error('has both ssl and sslmode');
  if (value === 'prefer' || value === 'allow') {
    throw new Error(
      `has sslmode=${value}, which may end up without TLS: say disable, require or verify-full`,
    );
  }
  if (value !== 'disable' && !ENCRYPTED.includes(value)) {
    throw new Error('has an sslmode that is none: say disable, require, verify-ca or verify-full');
  }
  const isLenient = all.get('uselibpqcompat') === 'true';
  if (value === 'verify-ca') {
    if (!all.has('sslrootcert')) throw new Error('has sslmode=verify-ca, which needs sslrootcert');
    // To leave out the name of the host, as its name says, is what the driver does in this way only.
    driver.set('uselibpqcompat', 'true');
  }
  if (isLenient && value === 'no-verify')
    throw new Error('has an sslmode that libpq does not know');
  driver.set('sslmode', value === 'require' && !isLenient ? 'verify-full' : value);
}

function takeSsl(value: string, { driver }: TakenParameters): void {
  if (['true', '1'].includes(value)) driver.set('ssl', 'true');
  else if (['false', '0'].includes(value)) driver.set('ssl', '0');
  else if (value === 'no-verify') driver.set('ssl', value);
  else throw new Error('has an ssl that is none: say sslmode');
}

/** `system` is the certificates that the runtime knows, which are taken where no file is named. */
function takeRootCertificate(
  value: string,
  { driver }: TakenParameters,
  all: ReadonlyMap<string, string>,
): void {
  if (value !== 'system') driver.set('sslrootcert', value);
  else if (all.get('sslmode') !== 'verify-full') {
    throw new Error('has sslrootcert=system, which needs sslmode=verify-full');
  }
}

function forDriver(name: string): Take {
  return (value, { driver }) => driver.set(name, value);
}

function oneOf(name: string, values: readonly string[], take: Take = () => undefined): Take {
  return (value, ...rest) => {
    if (!values.includes(value)) throw new Error(`has ${name} with a value that is not supported`);
    take(value, ...rest);
  };
}

function count(name: string, value: string): number {
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new Error(`has ${name}, which must be a number`);
}

function protocol(name: string, value: string): string {
  if (PROTOCOL.test(value)) return value;
  throw new Error(`has ${name}, which must be like TLSv1.2`);
}
