import { MikroORM } from '@mikro-orm/core';
import { Migration } from '@mikro-orm/migrations';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from './migrate.js';
import { migrations } from './migrations/index.js';
import { ormOptions } from './orm-options.js';
import type { PersistenceConfig } from './persistence.config.js';

// Databases come and go slowly on a machine that is busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const server = process.env.TEST_DATABASE_URL;
const DAY = 24 * 3_600_000;

interface OrmOverrides {
  readonly list?: { name: string; class: typeof Migration }[];
  readonly statementTimeout?: number;
}

/** One database of the test's own, with the migrations that are given. */
async function open(
  config: PersistenceConfig,
  { list, statementTimeout }: OrmOverrides = {},
): Promise<MikroORM> {
  const options = await ormOptions(config);
  return new MikroORM({
    ...options,
    migrations: { ...options.migrations, migrationsList: (list ?? migrations) as never },
    ...(statementTimeout ? { driverOptions: { statement_timeout: statementTimeout } } : {}),
  } as ConstructorParameters<typeof MikroORM>[0]) as unknown as MikroORM;
}

const databases: { on: string; url?: string }[] = [
  { on: 'an embedded database' },
  ...(server ? [{ on: 'PostgreSQL', url: server }] : []),
];

describe.each(databases)('migrations on $on', ({ url }) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'migrate-'));
  const name = `migrate_${randomUUID().replaceAll('-', '')}`;
  const databaseUrl = url && Object.assign(new URL(url), { pathname: name }).href;
  const config: PersistenceConfig = { dataDir, databaseUrl, poolSize: 5 };
  const admin = async (statement: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  beforeAll(async () => {
    if (url) await admin(`create database ${name}`);
  });
  afterAll(async () => {
    if (url) await admin(`drop database ${name} with (force)`);
    rmSync(dataDir, { recursive: true });
  });

  const moment = (time: number) =>
    url ? `'${new Date(time).toISOString()}'::timestamptz` : String(time);

  it('sign nobody out who has used a session of the first release lately', async () => {
    const first = await open(config, { list: migrations.slice(0, 1) as never });
    await migrate(first, config);
    const em = first.em.fork() as SqlEntityManager;
    const [account, used, unused] = [randomUUID(), randomUUID(), randomUUID()];
    const now = Date.now();
    const opened = moment(now - 40 * DAY);
    const ends = moment(now + 50 * DAY);
    const renewed = moment(now - DAY);
    await em.execute(`insert into accounts values
      ('${account}', 'ada', 'ada', 'hash', 'user', ${opened})`);
    for (const id of [used, unused]) {
      await em.execute(`insert into sessions values
        ('${id}', '${account}', ${opened}, ${ends}, null, null)`);
    }
    await em.execute(`insert into refresh_tokens values
      ('first', '${used}', ${opened}, ${ends}, ${renewed}),
      ('second', '${used}', ${renewed}, ${ends}, null)`);
    await first.close();

    const orm = await open(config);
    await migrate(orm, config);
    const rows = await (orm.em.fork() as SqlEntityManager).execute<
      { id: string; last_seen_at: Date | number | string }[]
    >('select id, last_seen_at from sessions');
    const seen = new Map(rows.map((row) => [row.id, new Date(row.last_seen_at).getTime()]));
    expect(seen.get(used)).toBe(now - DAY);
    expect(seen.get(unused)).toBe(now - 40 * DAY);
    await orm.close();
  });
});

describe.runIf(server)('a migration of a large table', () => {
  it('may take longer than any other statement', async () => {
    const name = `slow_${randomUUID().replaceAll('-', '')}`;
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    await client.query(`create database ${name}`);
    const databaseUrl = Object.assign(new URL(server!), { pathname: name }).href;
    const config = { dataDir: tmpdir(), databaseUrl, poolSize: 5 };
    class Slow extends Migration {
      override up(): void {
        this.addSql('select pg_sleep(2)');
      }
    }
    const orm = await open(config, {
      list: [{ name: 'slow', class: Slow }],
      statementTimeout: 1_000,
    });
    try {
      await migrate(orm, config);
      const em = orm.em.fork() as SqlEntityManager;
      expect(await em.execute('select name from schema_migrations')).toEqual([{ name: 'slow' }]);
      await expect(em.execute('select pg_sleep(2)')).rejects.toThrow(/statement timeout/);
    } finally {
      await orm.close();
      await client.query(`drop database ${name} with (force)`);
      await client.end();
    }
  });
});
