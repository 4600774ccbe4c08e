import { MikroORM } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Test } from '@nestjs/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseHealthIndicator, PersistenceModule } from './index.js';
import { migrations } from './migrations/index.js';

describe('PersistenceModule on the embedded database', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'persistence-'));

  beforeEach(() => void vi.stubEnv('DATABASE_URL', '').stubEnv('DATA_DIR', dataDir));
  afterAll(() => rmSync(dataDir, { recursive: true }));

  async function start() {
    const module = await Test.createTestingModule({
      imports: [await PersistenceModule.forRoot()],
    }).compile();
    return module.enableShutdownHooks().init();
  }

  it('applies each migration once, and finds nothing to do at the next start', async () => {
    await (await start()).close();
    const module = await start();
    const em = module.get(MikroORM).em.fork() as SqlEntityManager;
    const applied = await em.execute('select name from schema_migrations');
    expect(applied).toEqual(migrations.map(({ name }) => ({ name })));
    await module.close();
  });

  it('survives a power loss: the write-ahead log is synced at each commit', async () => {
    const module = await start();
    const em = module.get(MikroORM).em.fork() as SqlEntityManager;
    expect(await em.execute('pragma journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    expect(await em.execute('pragma synchronous')).toEqual([{ synchronous: 2 }]);
    expect(await em.execute('pragma foreign_keys')).toEqual([{ foreign_keys: 1 }]);
    expect(await module.get(DatabaseHealthIndicator).isUp()).toBe(true);
    await module.close();
  });
});
