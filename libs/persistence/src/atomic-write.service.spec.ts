import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Test, type TestingModule } from '@nestjs/testing';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AtomicWrite, AtomicWriteService, PersistenceModule } from './index.js';

const server = process.env.TEST_DATABASE_URL;

describe.each([
  { name: 'SQLite', databaseUrl: '' },
  ...(server ? [{ name: 'PostgreSQL', databaseUrl: server }] : []),
])('an atomic write on $name', ({ databaseUrl }) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'atomic-writes-'));
  const ledger = `ledger_${randomUUID().replaceAll('-', '')}`;
  let module: TestingModule;
  let em: SqlEntityManager;
  let writes: AtomicWriteService;

  beforeAll(async () => {
    vi.stubEnv('DATABASE_URL', databaseUrl).stubEnv('DATA_DIR', dataDir);
    module = await Test.createTestingModule({
      imports: [await PersistenceModule.forRoot()],
    }).compile();
    await module.init();
    em = module.get(EntityManager).fork() as SqlEntityManager;
    writes = module.get(AtomicWriteService);
    await em.execute(`create table ${ledger} (id integer primary key, balance integer not null)`);
  });
  beforeEach(async () => {
    await em.execute(`delete from ${ledger}`);
    await em.execute(`insert into ${ledger} values (1, 10), (2, 0)`);
  });
  afterAll(async () => {
    await em.execute(`drop table ${ledger}`);
    await module.close();
    vi.unstubAllEnvs();
    rmSync(dataDir, { recursive: true });
  });

  const balances = async () => {
    const rows = await em.execute<{ balance: number }[]>(
      `select balance from ${ledger} order by id`,
    );
    return rows.map(({ balance }) => balance);
  };

  /** Moves an amount, unless the first has less; the second must be there. */
  const move = (amount: number, to = 2): AtomicWrite => ({
    sqlite: () => [
      {
        sql: `update ${ledger} set balance = balance + ? where id = ?`,
        values: [amount, to],
        needs: 'payee',
      },
      {
        sql: `update ${ledger} set balance = balance - ? where id = 1 and balance >= ?`,
        values: [amount, amount],
        needs: 'money',
      },
    ],
    postgres: () => ({
      sql: `with payee as (
          select id from ${ledger} where id = ?
        ), payer as (
          update ${ledger} set balance = balance - ? from payee
          where ${ledger}.id = 1 and balance >= ? returning payee.id
        ), paid as (
          update ${ledger} set balance = balance + ? from payer where ${ledger}.id = payer.id
        ) select case when not exists (select from payee) then 'payee'
          when not exists (select from payer) then 'money' end as missing`,
      values: [to, amount, amount, amount],
    }),
  });

  it('happens as a whole', async () => {
    expect(await writes.apply(move(4))).toBeUndefined();
    expect(await balances()).toEqual([6, 4]);
  });

  it('changes nothing where something is missing, and tells what', async () => {
    expect(await writes.apply(move(11))).toBe('money');
    expect(await writes.apply(move(1, 3))).toBe('payee');
    expect(await balances()).toEqual([10, 0]);
  });

  it('sees what those before it have left, however many are asked for at once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 40 }, () => writes.apply(move(1))));
    expect(outcomes.filter((missing) => missing === undefined)).toHaveLength(10);
    expect(await balances()).toEqual([0, 10]);
  });

  it('tells of a key that another row has', async () => {
    const sql = `insert into ${ledger} (id, balance) values (?, 1)`;
    const insert = (id: number, taken?: string): AtomicWrite => ({
      sqlite: () => [
        { sql: `update ${ledger} set balance = 7`, values: [] },
        { sql, values: [id] },
      ],
      postgres: () => ({
        sql: `with changed as (update ${ledger} set balance = 7) ${sql} returning null as missing`,
        values: [id],
      }),
      ...(taken && { taken: { [ledger]: taken } }),
    });
    expect(await writes.apply(insert(2, 'id'))).toBe('id');
    await expect(writes.apply(insert(2))).rejects.toThrow(/unique/i);
    expect(await balances()).toEqual([10, 0]);
    expect(await writes.apply(insert(3, 'id'))).toBeUndefined();
  });

  it('is tried again where PostgreSQL ends a deadlock with it', async ({ skip }) => {
    skip(databaseUrl === '', 'a file has one writer at a time');
    const both: AtomicWrite = {
      sqlite: () => [],
      postgres: () => ({
        sql: `with first as (
            update ${ledger} set balance = balance + 1 where id = 1 returning 2 as other
          ), second as (
            update ${ledger} set balance = balance + 1 from first where id = first.other
          ) select null as missing from first`,
        values: [],
      }),
    };
    const outcome = await em.transactional(async (other) => {
      const set = (id: number) =>
        other.execute(`update ${ledger} set balance = balance + 100 where id = ${id}`);
      await set(2);
      const applied = writes.apply(both);
      const waits = `select 1 from pg_stat_activity
        where wait_event_type = 'Lock' and query like '%${ledger}%'`;
      await expect.poll(() => em.fork().execute(waits)).toHaveLength(1);
      // The write waits for longer, so it is the one that is rolled back.
      await set(1);
      return { applied };
    });
    expect(await outcome.applied).toBeUndefined();
    expect(await balances()).toEqual([111, 101]);
  });

  it('fails alone, and leaves those that are committed with it', async () => {
    const insert = (id: number): AtomicWrite => {
      const statement = { sql: `insert into ${ledger} (id, balance) values (?, 1)`, values: [id] };
      return {
        sqlite: () => [statement],
        postgres: () => ({ ...statement, sql: `${statement.sql} returning null as missing` }),
      };
    };
    const outcomes = await Promise.allSettled(
      [3, 1, 4, 1, 5].map((id) => writes.apply(insert(id))),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(await balances()).toEqual([10, 0, 1, 1, 1]);
  });
});
