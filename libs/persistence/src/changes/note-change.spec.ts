import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Test, type TestingModule } from '@nestjs/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PersistenceModule } from '../index.js';
import type { ChangeTopic } from './change-topic.js';
import { noteChange } from './note-change.js';

const server = process.env.TEST_DATABASE_URL;

describe.each([
  { name: 'SQLite', databaseUrl: '' },
  ...(server ? [{ name: 'PostgreSQL', databaseUrl: server }] : []),
])('a noted change on $name', ({ databaseUrl }) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'changes-'));
  let module: TestingModule;
  let em: SqlEntityManager;

  beforeAll(async () => {
    vi.stubEnv('DATABASE_URL', databaseUrl).stubEnv('DATA_DIR', dataDir);
    module = await Test.createTestingModule({
      imports: [await PersistenceModule.forRoot()],
    }).compile();
    await module.init();
    em = module.get(EntityManager).fork() as SqlEntityManager;
  });
  beforeEach(() => em.execute('delete from change_counters'));
  afterAll(async () => {
    await module.close();
    vi.unstubAllEnvs();
    rmSync(dataDir, { recursive: true });
  });

  const note = (topic: ChangeTopic) =>
    em.fork().transactional((transaction) => noteChange(transaction, topic));
  const counters = async () => {
    const rows = await em.execute<{ topic: string; version: number | string }[]>(
      'select topic, version from change_counters',
    );
    return Object.fromEntries(rows.map(({ topic, version }) => [topic, Number(version)]));
  };

  it('moves the counter of its topic alone, however many there are at a time', async () => {
    await note('keys');
    const { keys } = await counters();
    const seen = new Set<number>();
    for (let times = 0; times < 5; times += 1) {
      await Promise.all([note('blocks'), note('blocks')]);
      seen.add((await counters()).blocks!);
    }
    expect(seen.size).toBe(5);
    expect((await counters()).keys).toBe(keys);
  });

  it('moves none where its transaction is rolled back', async () => {
    await note('blocks');
    const before = await counters();
    const failing = em.fork().transactional(async (transaction) => {
      await noteChange(transaction, 'blocks');
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    expect(await counters()).toEqual(before);
  });

  it('never has a counter that was there before a restore', async () => {
    for (let times = 0; times < 3; times += 1) await note('blocks');
    const { blocks: seen } = await counters();
    await em.execute('update change_counters set version = 2');
    await vi.waitUntil(() => Date.now() > seen!);
    await note('blocks');
    expect((await counters()).blocks).toBeGreaterThan(seen!);
  });
});
