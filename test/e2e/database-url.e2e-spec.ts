import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import pg from 'pg';
import { aUser, call, say } from './client.ts';
import { freePort, freshStorage, type Gateway, spawnGateway, startGateway } from './gateway.ts';
import { type OwnPostgres, ownPostgres } from './own-postgres.ts';

// Each of them starts gateways, and some of them three.
vi.setConfig({ testTimeout: 180_000 });

/** Starts a gateway that must not come up; what it said, and how it ended. */
async function refusedStart(DATABASE_URL: string) {
  const child = spawnGateway({ NODE_ENV: 'test', ...(await freshStorage()), DATABASE_URL });
  const code = await new Promise<number | null>((done) => child.process.once('close', done));
  return { code, lines: child.output().trim().split('\n') };
}

describe.runIf(process.env.E2E_DATABASE_URL)('a server of PostgreSQL', () => {
  let server: OwnPostgres;

  beforeAll(async () => (server = await ownPostgres()));
  afterAll(() => server.stop());

  /** A database of its own on that server. */
  async function url(host: string, query: string, user = 'postgres'): Promise<string> {
    const name = `e2e_${randomUUID().replaceAll('-', '')}`;
    await asked('postgres', `create database ${name}`);
    return `postgres://${user}@${host}/${name}?${query}`;
  }

  async function asked(database: string, statement: string) {
    const client = new pg.Client({
      host: server.folder,
      port: server.port,
      user: 'postgres',
      database,
    });
    await client.connect();
    const { rows } = await client.query<Record<string, unknown>>(statement);
    await client.end();
    return rows;
  }

  /** How the gateway's connections come in. */
  async function connectionsOf({ environment }: Gateway) {
    const database = /\/(e2e_\w+)/.exec(environment.DATABASE_URL!)![1];
    return asked(
      'postgres',
      `select distinct ssl, client_addr is null as local, application_name as name
       from pg_stat_ssl join pg_stat_activity using (pid) where datname = '${database}'`,
    );
  }

  async function connected(DATABASE_URL: string) {
    const gateway = await startGateway({
      environment: { ...(await freshStorage()), DATABASE_URL },
    });
    const user = await aUser(gateway);
    expect((await say(gateway, user, 'notes', 'milk')).status).toBe(200);
    const connections = await connectionsOf(gateway);
    await gateway.stop();
    return connections;
  }

  it.each([
    ['verify-full', 'localhost', 'sslmode=verify-full&sslrootcert=ROOT'],
    ['verify-ca under another name', '127.0.0.2', 'sslmode=verify-ca&sslrootcert=ROOT'],
    ['require as libpq has it', '127.0.0.2', 'uselibpqcompat=true&sslmode=require'],
  ])('is talked to over TLS with sslmode=%s', async (_, host, query) => {
    const root = join(server.folder, 'server.crt');
    const text = query.replace('ROOT', root);
    expect(await connected(await url(`${host}:${server.port}`, text))).toEqual([
      { ssl: true, local: false, name: '' },
    ]);
  });

  it.each([
    ['it is signed by an unknown authority', 'localhost', 'sslmode=require', /certificate/],
    ['it is another one', '127.0.0.2', 'sslmode=verify-full&sslrootcert=ROOT', /IP: 127\.0\.0\.2/],
  ])('is not talked to when its certificate does not fit: %s', async (_, host, query, reason) => {
    const text = query.replace('ROOT', join(server.folder, 'server.crt'));
    const { code, lines } = await refusedStart(await url(`${host}:${server.port}`, text));
    expect([code, lines]).toEqual([1, [expect.stringMatching(reason)]]);
  });

  it('is reached by its socket, with what else the string says', async () => {
    const socket = encodeURIComponent(server.folder);
    const query = `host=${socket}&port=${server.port}&application_name=phone&connect_timeout=5&sslmode=require&target_session_attrs=read-write`;
    expect(await connected(await url('', query))).toEqual([
      { ssl: false, local: true, name: 'phone' },
    ]);
  });

  it('gets a password over a bound channel only, where the string asks for that', async () => {
    await asked('postgres', `create role bound login superuser password 'pw'`);
    const root = join(server.folder, 'server.crt');
    const query = `sslmode=verify-full&sslrootcert=${root}&channel_binding=require`;
    const trusting = await url(`localhost:${server.port}`, query, 'bound:pw');
    const { code, lines } = await refusedStart(trusting);
    expect([code, lines]).toEqual([1, [expect.stringMatching(/binds no channel/)]]);
    server.asOwner(
      'sh',
      '-c',
      `sed -i '1i hostssl all bound 0.0.0.0/0 scram-sha-256' ${server.folder}/data/pg_hba.conf`,
    );
    server.configure('select 1');
    expect(await connected(trusting)).toEqual([{ ssl: true, local: false, name: '' }]);
  });

  describe('behind a PgBouncer as it comes', () => {
    let pooler: ChildProcess;
    let port: number;

    beforeAll(async () => {
      port = await freePort();
      const file = join(server.folder, 'pgbouncer.ini');
      writeFileSync(
        file,
        `[databases]
         * = host=127.0.0.1 port=${server.port}
         [pgbouncer]
         pool_mode = transaction
         listen_addr = 127.0.0.1
         listen_port = ${port}
         unix_socket_dir =
         auth_type = any
         [databases]
         * = host=127.0.0.1 port=${server.port} user=postgres`,
      );
      const isRoot = userInfo().uid === 0;
      const [command, ...words] = isRoot
        ? ['runuser', '-u', 'postgres', '--', '/usr/sbin/pgbouncer', file]
        : ['/usr/sbin/pgbouncer', file];
      pooler = spawn(command!, words, { stdio: 'ignore' });
    });
    afterAll(() => void pooler.kill('SIGTERM'));

    it('starts, serves, and brings the schema up to date once for two at a time', async () => {
      const DATABASE_URL = await url(`127.0.0.1:${port}`, '');
      const gateways = await Promise.all(
        [1, 2].map(async () =>
          startGateway({
            environment: { ...(await freshStorage()), DATABASE_URL, JWT_SECRET: 'j'.repeat(40) },
          }),
        ),
      );
      for (const gateway of gateways) {
        const users = await Promise.all(Array.from({ length: 8 }, () => aUser(gateway)));
        const said = await Promise.all(users.map((user) => say(gateway, user, 'notes', 'milk')));
        expect(said.map(({ status }) => status)).toEqual(said.map(() => 200));
        expect((await call(gateway, '/health/ready')).status).toBe(200);
      }
    });
  });

  it('that offers no TLS is not talked to in the clear', async () => {
    server.configure('alter system set ssl = off');
    await expect.poll(() => asked('postgres', 'show ssl')).toEqual([{ ssl: 'off' }]);
    const address = `127.0.0.1:${server.port}`;
    for (const mode of ['sslmode=require', 'sslmode=no-verify']) {
      const { code, lines } = await refusedStart(await url(address, mode));
      expect([mode, code, lines]).toEqual([mode, 1, [expect.stringMatching(/not support SSL/)]]);
    }
    expect(await connected(await url(address, 'sslmode=disable'))).toEqual([
      { ssl: false, local: false, name: '' },
    ]);
  });
});
