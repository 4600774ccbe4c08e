import type { SqlEntityManager } from '@mikro-orm/sql';
import { readdirSync, readlinkSync } from 'node:fs';
import { isDatabaseOutage } from '../index.js';
import { EmbeddedTestDatabase } from '../testing/embedded-test-database.js';

/** The temporary files of SQLite that this process has open. */
const temporaryFiles = () =>
  readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${descriptor}`);
      return path.includes('etilqs_') ? [path] : [];
    } catch {
      return [];
    }
  });

describe('the embedded database', () => {
  let database: EmbeddedTestDatabase;
  let em: SqlEntityManager;

  beforeAll(async () => {
    database = await EmbeddedTestDatabase.open();
    ({ em } = database);
    await em.execute(
      'create table diary (id integer primary key, text text, data blob, at datetime)',
    );
  });
  beforeEach(() => em.execute('delete from diary'));
  afterAll(() => database.close());

  const fork = () => em.fork() as SqlEntityManager;
  const count = async () => {
    const [row] = await fork().execute<{ count: number }[]>('select count(*) as count from diary');
    return row!.count;
  };

  it('is read while a transaction takes its time, without what it has not committed', async () => {
    const counted: number[] = [];
    await fork().transactional(async (inner) => {
      await (inner as SqlEntityManager).execute('insert into diary (id) values (1)');
      counted.push(await count());
    });
    expect([...counted, await count()]).toEqual([0, 1]);
  });

  it('is written in the order in which it was asked, however long each takes', async () => {
    const written: number[] = [];
    await Promise.all(
      Array.from({ length: 64 }, (_, id) =>
        fork().transactional(async (inner) => {
          for (let turn = 0; turn < (id % 3) + 1; turn += 1) {
            await (inner as SqlEntityManager).execute('insert into diary (text) values (?)', [
              `${id}`,
            ]);
          }
          written.push(id);
        }),
      ),
    );
    expect(written).toEqual(Array.from({ length: 64 }, (_, id) => id));
  });

  it('keeps nothing of a transaction that fails, and lets the next one in', async () => {
    const failed = fork().transactional(async (inner) => {
      await (inner as SqlEntityManager).execute('insert into diary (id) values (1)');
      await (inner as SqlEntityManager).execute('insert into diary (id) values (1)');
    });
    await expect(failed).rejects.toMatchObject({ name: 'UniqueConstraintViolationException' });
    await fork().execute('insert into diary (id) values (1)');
    expect(await count()).toBe(1);
  });

  it('makes no temporary file in a transaction, however much that may have to undo', async () => {
    let found: string[] = [];
    const undone = fork().transactional(async (outer) => {
      await (outer as SqlEntityManager).execute(
        `with recursive rows (n) as (select 1 union all select n + 1 from rows where n < 1000)
         insert into diary (text) select hex(zeroblob(2000)) from rows`,
      );
      await outer.transactional(async (inner) => {
        await (inner as SqlEntityManager).execute('update diary set text = hex(randomblob(2000))');
        found = temporaryFiles();
      });
      throw new Error('undo');
    });
    await expect(undone).rejects.toThrow('undo');
    expect(found).toEqual([]);
  });

  it('that is full refuses what it cannot keep, whole, and goes on when there is room', async () => {
    const [pages] = await em.execute<{ page_count: number }[]>('pragma page_count');
    await em.execute(`pragma max_page_count = ${pages!.page_count}`);
    const fill = () =>
      fork().transactional(async (inner) => {
        for (let row = 0; row < 100; row += 1) {
          await (inner as SqlEntityManager).execute('insert into diary (text) values (?)', [
            'x'.repeat(4_000),
          ]);
        }
      });
    const error: unknown = await fill().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'SQLITE_FULL' });
    expect(isDatabaseOutage(error)).toBe(true);
    expect(await count()).toBe(0);
    await em.execute('pragma max_page_count = 1000000');
    await fill();
    expect(await count()).toBe(100);
  });

  it.each([
    ['a quote and a question mark', `it's ? and \\? and ??`],
    ['what ends a text elsewhere', 'a\0b'],
    ['another alphabet, and a smile', 'дом 😀'],
    ['a number', '5'],
  ])('gives a text back as it was: %s', async (_, text) => {
    await em.execute('insert into diary (id, text) values (?, ?)', [1, text]);
    const found = await em.execute('select text from diary where text = ? and id in (?)', [
      text,
      [1, 2],
    ]);
    expect(found).toEqual([{ text }]);
  });

  it('gives other values back as they were, of the type that they had', async () => {
    const [data, at] = [Buffer.from([0, 255, 1]), new Date(1_800_000_000_123)];
    await em.execute('insert into diary values (?, ?, ?, ?)', [1, 7, data, at]);
    await em.execute('insert into diary values (?, ?, ?, ?)', [2, null, null, true]);
    expect(await em.execute('select *, typeof(at) as type from diary order by id')).toEqual([
      // A whole number in a column of texts has no fraction.
      { id: 1, text: '7', data, at: at.getTime(), type: 'integer' },
      { id: 2, text: null, data: null, at: 1, type: 'integer' },
    ]);
    const [row] = await em.execute<{ data: unknown }[]>('select data from diary where id = 1');
    expect(Buffer.isBuffer(row!.data)).toBe(true);
  });
});
