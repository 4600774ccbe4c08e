import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Test, type TestingModule } from '@nestjs/testing';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SecureDeleteService, PersistenceModule } from './index.js';

/** Many rows of many lengths, in no order: so pages are split, and hold copies of rows that have moved on. */
const ROWS = 6_000;

describe('traces of deleted rows in an embedded database', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'traces-'));
  let module: TestingModule;
  let em: SqlEntityManager;

  beforeAll(async () => {
    vi.stubEnv('DATABASE_URL', '').stubEnv('DATA_DIR', dataDir);
    module = await Test.createTestingModule({
      imports: [await PersistenceModule.forRoot()],
    }).compile();
    await module.enableShutdownHooks().init();
    em = module.get(EntityManager).fork() as SqlEntityManager;
    await em.execute('create table diary (id text primary key, text text not null)');
    await em.transactional(async (inner) => {
      for (let row = 0; row < ROWS; row += 1) {
        const id = randomBytes(8).toString('hex');
        const text = 'x'.repeat(Math.floor(Math.random() * Math.random() * 3000));
        await (inner as SqlEntityManager).execute('insert into diary values (?, ?)', [
          row % 3 === 0 ? `of-grace-${id}` : `of-ada-${id}`,
          text,
        ]);
      }
      await (inner as SqlEntityManager).execute(
        `update diary set text = text || text where id like '%a%'`,
      );
    });
  });
  afterAll(async () => {
    await module.close();
    vi.unstubAllEnvs();
    rmSync(dataDir, { recursive: true });
  });

  const traces = (text: string) =>
    readdirSync(dataDir)
      .filter((name) => name.startsWith('gateway.sqlite'))
      .map((name) => readFileSync(join(dataDir, name), 'latin1').split(text).length - 1)
      .reduce((sum, found) => sum + found, 0);

  it('are all gone once they are wiped, and what is still there stays', async () => {
    expect(traces('of-ada-')).toBeGreaterThan(1000);
    await em.transactional(async (inner) => {
      await (inner as SqlEntityManager).execute(`delete from diary where id like 'of-ada-%'`);
      await module.get(SecureDeleteService).schedule(inner);
    });
    expect(traces('of-ada-')).toBeGreaterThan(0);
    await module.get(SecureDeleteService).run();
    expect(traces('of-ada-')).toBe(0);
    expect(await em.execute('select count(*) as kept from diary')).toEqual([{ kept: ROWS / 3 }]);
    expect(await em.execute('pragma user_version')).toEqual([{ user_version: 0 }]);
  });

  it('are not owed by a transaction that did not happen', async () => {
    const undone = em.transactional(async (inner) => {
      await module.get(SecureDeleteService).schedule(inner);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await em.execute('pragma user_version')).toEqual([{ user_version: 0 }]);
  });

  it('stay owed when something is deleted while others are wiped', async () => {
    await em.execute('delete from diary');
    const read = async (name: string, from: SqlEntityManager) => {
      const [row] = (await from.execute(`pragma ${name}`)) as Record<string, number>[];
      return row![name]!;
    };
    const lost: number[] = [];
    // The deletion comes at every fourth turn of the way that the wiping takes.
    for (let turns = 0; turns < 90; turns += 4) {
      const wiper = new SecureDeleteService(module.get(EntityManager));
      await wiper.schedule(em);
      const wiped = wiper.run();
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      const deletedAt = await em.transactional(async (inner) => {
        await wiper.schedule(inner);
        return read('schema_version', inner as SqlEntityManager);
      });
      await wiped;
      // This number grows each time the file is rewritten.
      const isWritten = (await read('schema_version', em)) > deletedAt;
      if (!isWritten && (await read('user_version', em)) === 0) lost.push(turns);
    }
    expect(lost).toEqual([]);
  });
});
