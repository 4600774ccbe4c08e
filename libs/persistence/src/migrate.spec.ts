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

/** One database of the test's own, with the migrations that are given. */
async function open(
  config: PersistenceConfig,
  list: readonly { name: string; class: typeof Migration }[] = migrations as never,
): Promise<MikroORM> {
  const options = await ormOptions(config);
  return new MikroORM({
    ...options,
    migrations: { ...options.migrations, migrationsList: list as never },
  } as ConstructorParameters<typeof MikroORM>[0]) as unknown as MikroORM;
}

const databases: { on: string; url?: string }[] = [
  { on: 'an embedded database' },
  ...(server ? [{ on: 'PostgreSQL', url: server }] : []),
];

describe.each(databases)('migrations on $on', ({ url }) => {
  let name: string;
  let config: PersistenceConfig;
  const admin = async (statement: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  beforeEach(async () => {
    name = `migrate_${randomUUID().replaceAll('-', '')}`;
    const databaseUrl = url && Object.assign(new URL(url), { pathname: name }).href;
    config = { dataDir: mkdtempSync(join(tmpdir(), 'migrate-')), databaseUrl, poolSize: 5 };
    if (url) await admin(`create database ${name}`);
  });
  afterEach(async () => {
    if (url) await admin(`drop database ${name} with (force)`);
    rmSync(config.dataDir, { recursive: true });
  });

  const moment = (time: number) =>
    url ? `'${new Date(time).toISOString()}'::timestamptz` : String(time);

  it('keep recently used sessions of the first release', async () => {
    const first = await open(config, migrations.slice(0, 1) as never);
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

  it('are not begun on the schema of a later release', async () => {
    const later = await open(config);
    await migrate(later, config);
    await later.close();
    const orm = await open(config, migrations.slice(0, -1) as never);
    await expect(migrate(orm, config)).rejects.toThrow(/schema of a later release/);
    await orm.close();
  });

  it('leave a conversation one run that goes on, and keep what models have used', async () => {
    const before = migrations.findIndex(({ name: of }) => of.endsWith('one-writer'));
    const first = await open(config, migrations.slice(0, before) as never);
    await migrate(first, config);
    const em = first.em.fork() as SqlEntityManager;
    const now = moment(Date.now());
    const [account, talk] = [randomUUID(), randomUUID()];
    await em.execute(`insert into accounts (id, username, username_key, password_hash, role, created_at)
      values ('${account}', 'ada', 'ada', 'hash', 'user', ${now})`);
    await em.execute(`insert into conversations (id, account_id, profile_id, title, created_at, updated_at)
      values ('${talk}', '${account}', 'notes', 'talk', ${now}, ${now})`);
    const runs = [1, 2, 3].map((n) => `0193${n}000-0000-7000-8000-000000000000`);
    for (const [index, id] of runs.entries()) {
      await em.execute(`insert into runs (id, conversation_id, status, created_at, deadline_at, finished_at)
        values ('${id}', '${talk}', ${index === 0 ? `'succeeded'` : `'running'`}, ${now}, ${now},
          ${index === 0 ? now : 'null'})`);
    }
    await em.execute(`insert into token_usage
      (account_id, day, currency, input_tokens, output_tokens, estimated_tokens, cost_nanos)
      values ('${account}', '2026-11-26', 'USD', 12, 3, 0, 54000)`);
    await first.close();

    const orm = await open(config);
    await migrate(orm, config);
    const after = orm.em.fork() as SqlEntityManager;
    const states = await after.execute<{ status: string }[]>('select status from runs order by id');
    expect(states.map(({ status }) => status)).toEqual(['succeeded', 'interrupted', 'running']);
    const used = await after.execute<Record<string, unknown>[]>('select * from token_usage');
    expect(used).toHaveLength(1);
    expect(used[0]).toMatchObject({ day: '2026-11-26', profile_id: '', currency: 'USD' });
    expect(Number(used[0]!.input_tokens)).toBe(12);
    await orm.close();
  });

  it('leave no object of the audit trail but in its canonical form', async () => {
    const before = migrations.findIndex(({ name }) => name.endsWith('canonical-audit-objects'));
    const released = await open(config, migrations.slice(0, before) as never);
    await migrate(released, config);
    const em = released.em.fork() as SqlEntityManager;
    const [ada, gone, session] = [randomUUID(), randomUUID(), randomUUID()];
    await em.execute(`insert into accounts (id, username, username_key, role, created_at)
      values ('${ada}', 'ada.l', 'ada.l', 'user', ${moment(Date.now())})`);
    const objects = [
      ['account', ada, ada],
      ['account', ada.toUpperCase(), ada],
      ['account', gone.toUpperCase(), null],
      ['account', gone, gone],
      ['account', 'Bob', null],
      ['session', session.toUpperCase(), session],
      ['consent', 'analytics', 'analytics'],
      ['consent', ada.toUpperCase(), ada],
      ['consent', 'Analytics', null],
      [null, null, null],
    ];
    const ids = objects.map(() => randomUUID());
    for (const [index, [type, id]] of objects.entries()) {
      await em.execute(
        `insert into audit_records
           (id, occurred_at, action, object_type, object_id, outcome, ip, request_id)
         values ('${ids[index]!}', ${moment(Date.now())}, 'user.read', ?, ?, 'succeeded', '', '')`,
        [type, id],
      );
    }
    await released.close();

    const orm = await open(config);
    await migrate(orm, config);
    const rows = await (orm.em.fork() as SqlEntityManager).execute<
      { id: string; object_id: string | null }[]
    >('select id, object_id from audit_records');
    const kept = new Map(rows.map((row) => [row.id, row.object_id]));
    expect(ids.map((id) => kept.get(id))).toEqual(objects.map(([, , expected]) => expected));
    await orm.close();
  });
});

describe.runIf(server)('a migration of a large table', () => {
  it('may take longer than any other statement', async () => {
    const name = `slow_${randomUUID().replaceAll('-', '')}`;
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    await client.query(`create database ${name}`);
    const databaseUrl = Object.assign(new URL(server!), {
      pathname: name,
      search: '?statement_timeout=1000',
    }).href;
    const config = { dataDir: tmpdir(), databaseUrl, poolSize: 5 };
    class Slow extends Migration {
      override up(): void {
        this.addSql('select pg_sleep(2)');
      }
    }
    const orm = await open(config, [{ name: 'slow', class: Slow }]);
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
