import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Test, type TestingModule } from '@nestjs/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PersistenceModule } from '../persistence.module.js';

/** An embedded database in a folder of its own, for the tests of one `describe`. */
export class EmbeddedTestDatabase {
  private constructor(
    readonly em: SqlEntityManager,
    private readonly module: TestingModule,
    private readonly dataDir: string,
  ) {}

  static async open(): Promise<EmbeddedTestDatabase> {
    const dataDir = mkdtempSync(join(tmpdir(), 'embedded-'));
    vi.stubEnv('DATABASE_URL', '').stubEnv('DATA_DIR', dataDir);
    const imports = [await PersistenceModule.forRoot()];
    const module = await Test.createTestingModule({ imports }).compile();
    await module.init();
    const em = module.get(EntityManager).fork() as SqlEntityManager;
    return new EmbeddedTestDatabase(em, module, dataDir);
  }

  async close(): Promise<void> {
    await this.module.close();
    vi.unstubAllEnvs();
    rmSync(this.dataDir, { recursive: true });
  }
}
