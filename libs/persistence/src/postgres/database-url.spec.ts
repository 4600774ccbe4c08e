import { databaseServer } from './database-url.js';

const SERVER = 'postgres://ada:s3cret@db.example.org:6432/phone';

function refusal(url: string): string {
  try {
    databaseServer(url);
    return 'taken';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('a connection string', () => {
  it.each([
    ['?sslmode=prefer', /sslmode=prefer, which may end up without TLS/],
    ['?sslmode=allow', /sslmode=allow, which may end up without TLS/],
    ['?sslmode=VERIFY', /sslmode that is none/],
    ['?sslmode=verify-ca', /verify-ca, which needs sslrootcert/],
    ['?uselibpqcompat=true&sslmode=no-verify', /libpq does not know/],
    ['?sslmode=verify-full&sslrootcert=/nowhere/root.crt', /cannot be read: .nowhere.root\.crt/],
    ['?sslmode=require&sslrootcert=system', /sslrootcert=system, which needs/],
    ['?sslmode=require&sslmode=disable', /a parameter twice: sslmode/],
    ['?sslmode=require&ssl=0', /both ssl and sslmode/],
    ['?ssl=maybe', /ssl that is none/],
    ['?ssl_mode=require', /not supported: ssl_mode/],
    ['?SSLMODE=require', /not supported: SSLMODE/],
    ['?sslcrl=x', /not supported: sslcrl/],
    ['?pgbouncer=maybe', /pgbouncer with a value/],
    ['?connection_limit=1', /not supported: connection_limit/],
    ['#fragment', /must be a valid uri/],
    ['?sslmode=require#x', /must be a valid uri/],
    ['?schema=gateway', /not supported: schema/],
    ['?__proto__=x', /not supported: __proto__/],
    ['?constructor=x', /not supported: constructor/],
    ['?s3cret%20x=1', /not supported: its name is no word/],
    ['?target_session_attrs=standby', /target_session_attrs with a value/],
    ['?channel_binding=require', /channel_binding=require, which needs sslmode/],
    ['?channel_binding=require&sslmode=disable', /channel_binding=require, which needs sslmode/],
    ['?sslnegotiation=later', /sslnegotiation with a value/],
    ['?ssl_min_protocol_version=1.2', /ssl_min_protocol_version, which must be like TLSv1\.2/],
    ['?connect_timeout=soon', /connect_timeout, which must be a number/],
    ['?host=a,b', /names several hosts/],
    ['?port=x', /must be a valid uri/],
  ])('is refused by the name of what is not taken: %s', (query, reason) => {
    const message = refusal(`${SERVER}${query}`);
    expect(message).toMatch(reason);
    expect(message).not.toContain('s3cret');
  });

  it.each([
    'mysql://localhost/x',
    'postgres:/x',
    'postgres://u:s/w@h/x',
    'socket:/var/run',
    '/var/run x',
  ])('that is none is refused: %s', (url) => expect(refusal(url)).toMatch(/must be a valid uri/));

  it.each([
    ['', undefined],
    ['?sslmode=disable', false],
    ['?ssl=0', false],
    ['?ssl=true', { host: 'db.example.org' }],
    ['?sslmode=require', { host: 'db.example.org' }],
    ['?sslmode=REQUIRE', { host: 'db.example.org' }],
    ['?sslmode=Disable', false],
    ['?sslmode=require&pgbouncer=true&supa=base-pooler.x', { host: 'db.example.org' }],
    ['?sslmode=verify-full', { host: 'db.example.org' }],
    ['?sslmode=verify-full&sslrootcert=system', { host: 'db.example.org' }],
    ['?sslmode=no-verify', { host: 'db.example.org', rejectUnauthorized: false }],
    ['?uselibpqcompat=true&sslmode=require', { host: 'db.example.org', rejectUnauthorized: false }],
    [
      '?sslmode=require&ssl_min_protocol_version=TLSv1.3',
      { host: 'db.example.org', minVersion: 'TLSv1.3' },
    ],
  ])('says how TLS is done: %s', (query, ssl) => {
    expect(databaseServer(`${SERVER}${query}`).client.ssl).toEqual(ssl);
  });

  it.each([
    ['postgres://u@/db?host=/var/run/postgresql', { host: '/var/run/postgresql', user: 'u' }],
    ['postgresql://u@%2Fvar%2Frun%2Fpostgresql/db', { host: '/var/run/postgresql', ssl: false }],
    ['postgres:///db?host=/run&user=u&port=6432&sslmode=require', { port: 6432, ssl: false }],
    ['postgres://[::1]:6432/db', { host: '::1', port: 6432 }],
    ['postgres://u:p%40%2F%23@h/db', { password: 'p@/#' }],
    ['POSTGRESQL://u:p#?q@h/db?application_name=a', { password: 'p#?q', host: 'h' }],
    ['postgres://ada@server:p#q@h:6543/db', { user: 'ada@server', password: 'p#q', port: 6543 }],
    ['postgres://h/db?application_name=a@b', { host: 'h', application_name: 'a@b' }],
    ['postgres://h/?dbname=db', { database: 'db' }],
    [
      'postgres://h/db?connect_timeout=3&keepalives=0',
      { connectionTimeoutMillis: 3_000, keepAlive: false },
    ],
    [
      'postgres://h/db?application_name=phone&options=-c%20search_path%3Dx',
      { application_name: 'phone', options: '-c search_path=x' },
    ],
    [
      'postgres://h/db?statement_timeout=7&lock_timeout=8',
      { statement_timeout: 7, lock_timeout: 8 },
    ],
  ])('says where the server is, and what it is told: %s', (url, client) => {
    expect(databaseServer(url).client).toMatchObject({ database: 'db', ...client });
  });

  it('that names several hosts is refused as such', () => {
    for (const url of ['postgres://a:1,b:2/x', 'postgres://u:p@a,b', 'postgres://a,b?dbname=x']) {
      expect(refusal(url)).toMatch(/names several hosts/);
    }
  });

  it('of a hosted database, as its owner shows it, is taken', () => {
    const server = databaseServer(`${SERVER}?sslmode=require&channel_binding=require`);
    expect(server).toMatchObject({
      mustBindChannel: true,
      client: { enableChannelBinding: true, ssl: { host: 'db.example.org' } },
    });
    expect(databaseServer(`${SERVER}?target_session_attrs=read-write`).mustBeWritable).toBe(true);
  });
});
