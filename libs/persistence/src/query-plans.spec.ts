import { MikroORM } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from './migrate.js';
import { ormOptions } from './orm-options.js';
import type { PersistenceConfig } from './persistence.config.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const server = process.env.TEST_DATABASE_URL;
const databases: { on: string; url?: string }[] = [
  { on: 'an embedded database' },
  ...(server ? [{ on: 'PostgreSQL', url: server }] : []),
];

/** So many that no planner prefers to read them all. */
const ROWS = 5_000;
const ROWS_PER_OWNER = 100;

const [ACCOUNT, CONVERSATION, ID, TALL_ID] = [
  '01900000-0000-7000-8000-000000000001',
  '01900000-0000-7000-8000-000000000002',
  '01900000-0000-7000-8000-0000000009c4',
  '01900000-0000-7000-8000-000000000f00',
];

/** What each list reads, and the bounds at which its index begins and ends: on SQLite, and on PostgreSQL. */
const LISTS = [
  {
    list: 'the conversations of an account from a cursor',
    statement: (moment: string) =>
      `select * from conversations where deleted_at is null and account_id = '${ACCOUNT}' and archived = false
       and (pinned, updated_at, id) < (true, ${moment}, '${ID}')
       order by pinned desc, updated_at desc, id desc limit 51`,
    index: 'conversations_recent',
    bounds: [
      '(account_id=? AND archived=? AND (pinned,updated_at,id)<(?,?,?))',
      /Index Cond: \(\(account_id = .*\) AND \(archived = false\) AND \(ROW\(pinned, updated_at, id\) < ROW\(.*\)\)\)/,
    ],
  },
  {
    list: 'the conversations of an account by their ids',
    statement: () =>
      `select * from conversations where account_id = '${ACCOUNT}' and id > '${ID}' order by id limit 200`,
    index: 'conversations_account',
    bounds: ['(account_id=? AND id>?)', /Index Cond: \(\(account_id = .*\) AND \(id > .*\)\)/],
  },
  {
    list: 'the latest messages of an account in which words are searched',
    statement: () =>
      `select * from searched_messages where account_id = '${ACCOUNT}' and number < 3000
       order by number desc limit 1000`,
    index: 'searched_messages_recent',
    bounds: [
      '(account_id=? AND number<?)',
      /Index Cond: \(\(account_id = .*\) AND \(number < .*\)\)/,
    ],
  },
  {
    list: 'the runs of a conversation',
    statement: () =>
      `select * from runs where conversation_id = '${CONVERSATION}' and id > '${ID}' order by id limit 500`,
    index: 'runs_conversation',
    bounds: [
      '(conversation_id=? AND id>?)',
      /Index Cond: \(\(conversation_id = .*\) AND \(id > .*\)\)/,
    ],
  },
  {
    list: 'the audit records of an action',
    statement: () =>
      `select * from audit_records where action = '107' and id < '${ID}' order by id desc limit 51`,
    index: 'audit_records_action',
    bounds: ['(action=? AND id<?)', /Index Cond: \(\(action = .*\) AND \(id < .*\)\)/],
  },
  {
    list: 'the audit records of an address in a time',
    statement: () =>
      `select id, actor_id from audit_records
       where id > '${ID}' and id < '${TALL_ID}' and ip = '192.0.2.7' order by id limit 1000`,
    index: 'audit_records_address',
    bounds: [
      '(ip=? AND id>? AND id<?)',
      /Index Cond: \(\(ip = .*\) AND \(id > .*\) AND \(id < .*\)\)/,
    ],
  },
  {
    list: 'the connections to servers of a name',
    statement: () =>
      `select id, account_id from server_connections where server_name = '3' and id < '${ID}' order by id desc limit 51`,
    index: 'server_connections_name',
    bounds: ['(server_name=? AND id<?)', /Index Cond: \(\(server_name = .*\) AND \(id < .*\)\)/],
  },
  {
    list: 'the connections of an assistant',
    statement: () =>
      `select id, account_id from server_connections where profile_id = '3' and id < '${ID}' order by id desc limit 51`,
    index: 'server_connections_profile',
    bounds: ['(profile_id=? AND id<?)', /Index Cond: \(\(profile_id = .*\) AND \(id < .*\)\)/],
  },
  {
    list: 'the audit records of an actor',
    statement: () =>
      `select * from audit_records where actor_id = '${ACCOUNT}' and id < '${ID}' order by id desc limit 51`,
    index: 'audit_records_actor',
    bounds: ['(actor_id=? AND id<?)', /Index Cond: \(\(actor_id = .*\) AND \(id < .*\)\)/],
  },
] as const;

describe.each(databases)('plans of lists on $on', ({ url }) => {
  const name = `plans_${randomUUID().replaceAll('-', '')}`;
  const config: PersistenceConfig = {
    dataDir: mkdtempSync(join(tmpdir(), 'plans-')),
    databaseUrl: url && Object.assign(new URL(url), { pathname: name }).href,
    poolSize: 2,
  };
  const admin = async (statement: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  const now = url ? 'now()' : '1800000000000';
  /** The id of a number. */
  const idOf = (n: string) =>
    url
      ? `('01900000-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`
      : `printf('01900000-0000-7000-8000-%012x', ${n})`;
  /** One of many owners: what is common to all rows needs no index. */
  const owner = idOf(`(n / ${ROWS_PER_OWNER} + 1)`);
  let orm: MikroORM;
  let em: SqlEntityManager;

  beforeAll(async () => {
    if (url) await admin(`create database ${name}`);
    const options = (await ormOptions(config)) as ConstructorParameters<typeof MikroORM>[0];
    orm = new MikroORM(options) as unknown as MikroORM;
    await migrate(orm, config);
    em = orm.em.fork() as SqlEntityManager;
    const fill = (into: string, values: string) =>
      em.execute(
        `insert into ${into} with recursive numbers (n) as (
           select 1 union all select n + 1 from numbers where n < ${ROWS}
         ) select ${values} from numbers`,
        [],
        'run',
      );
    await fill(
      'accounts (id, username, username_key, password_hash, role, created_at)',
      `${idOf('n')}, cast(n as text), cast(n as text), '', 'user', ${now}`,
    );
    await fill(
      'conversations (id, account_id, profile_id, title, created_at, updated_at)',
      `${idOf('n')}, ${owner}, 'notes', 'talk', ${now}, ${now}`,
    );
    await fill(
      'runs (id, conversation_id, status, created_at, deadline_at, finished_at)',
      `${idOf('n')}, ${owner}, 'succeeded', ${now}, ${now}, ${now}`,
    );
    await fill(
      'messages (id, conversation_id, run_id, role, content, created_at)',
      `${idOf('n')}, ${owner}, ${idOf('n')}, 'user', 'Hello', ${now}`,
    );
    await fill('searched_messages (message_id, account_id, words)', `${idOf('n')}, ${owner}, ''`);
    await fill(
      'audit_records (id, occurred_at, actor_id, action, outcome, ip, request_id)',
      `${idOf('n')}, ${now}, ${owner}, cast(n / ${ROWS_PER_OWNER} + 100 as text), 'succeeded', '192.0.2.' || cast(n % 250 as text), ''`,
    );
    const [assistant, allowed] = [`cast(n % 500 as text)`, `'', '', '', 'connected', '', 1`];
    await fill(
      `server_connections (id, account_id, server, profile_id, server_name,
         issuer, resource, scope, state, sealed_grant, version, connected_at)`,
      `${idOf('n')}, ${idOf('n')}, ${assistant}, ${assistant}, ${assistant}, ${allowed}, ${now}`,
    );
    await em.execute('analyze', [], 'run');
  });
  afterAll(async () => {
    await orm.close();
    if (url) await admin(`drop database ${name} with (force)`);
    rmSync(config.dataDir, { recursive: true });
  });

  it.each(LISTS)('$list: bounded by an index in their order', async (expected) => {
    const statement = expected.statement(now);
    const explained = await em.transactional(async (inner) => {
      // As of a table of millions, where a bitmap of what is to be sorted would not pay.
      if (url) await inner.execute('set local enable_bitmapscan = off');
      const explain = `explain ${url ? '' : 'query plan '}${statement}`;
      return inner.execute<Record<string, unknown>[]>(explain);
    });
    const plan = explained.map((row) => String(row['QUERY PLAN'] ?? row.detail)).join('\n');
    expect(plan).toContain(expected.index);
    expect(plan).toMatch(url ? expected.bounds[1] : new RegExp(RegExp.escape(expected.bounds[0])));
    expect(plan).not.toMatch(/sort|seq scan|^scan|b-tree/im);
  });
});
