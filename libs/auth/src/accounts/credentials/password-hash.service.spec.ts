import { PersistenceModule } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Test, type TestingModule } from '@nestjs/testing';
import bcrypt from 'bcrypt';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 } from 'uuid';
import { credentialsConfig } from './credentials.config.js';
import { PasswordHashService } from './password-hash.service.js';

describe('PasswordHashService', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hasher-'));
  const hashers: PasswordHashService[] = [];
  let module: TestingModule;
  let em: SqlEntityManager;

  beforeAll(async () => {
    vi.stubEnv('DATABASE_URL', '').stubEnv('DATA_DIR', dataDir).stubEnv('PASSWORD_COST', '10');
    module = await Test.createTestingModule({
      imports: [await PersistenceModule.forRoot()],
    }).compile();
    await module.init();
    em = module.get(EntityManager).fork() as SqlEntityManager;
  });

  afterAll(async () => {
    for (const hasher of hashers) await hasher.onApplicationShutdown();
    await module.close();
    vi.unstubAllEnvs();
    rmSync(dataDir, { recursive: true });
  });

  /** The service of an instance that has just started. */
  async function started(): Promise<PasswordHashService> {
    const hasher = new PasswordHashService(em, credentialsConfig());
    hashers.push(hasher);
    await hasher.onApplicationBootstrap();
    return hasher;
  }

  /** An account whose hash has the given cost. */
  async function anAccount(cost: number): Promise<string> {
    const hash = bcrypt.hashSync('anything', 4).replace('$04$', `$${cost}$`);
    const id = v7();
    await em.execute(
      `insert into accounts (id, username, username_key, role, is_anonymous, created_at, password_hash)
       values (?, ?, ?, 'user', false, 0, ?)`,
      [id, id, id, hash],
    );
    return hash;
  }

  it('refuses at the configured cost if no hash has a higher one', async () => {
    expect((await started()).refusalCost).toBe(10);
  });

  it('refuses at a higher cost once it has verified a hash of that cost, as from another instance', async () => {
    const hasher = await started();
    const hash = bcrypt.hashSync('anything', 11);
    expect(await hasher.verify('a wrong guess', hash)).toBe(false);
    expect(hasher.refusalCost).toBe(11);
  });

  it('refuses at the highest stored cost after the configured one was lowered', async () => {
    await anAccount(10);
    await anAccount(12);
    expect((await started()).refusalCost).toBe(12);
  });

  it('reports a hash of a lower cost as outdated, and keeps one of a higher cost', async () => {
    const hasher = await started();
    const made = await hasher.hash('correct horse battery');
    expect(hasher.isOutdated(made)).toBe(false);
    const ofCost = (cost: string) => hasher.isOutdated(made.replace('$10$', `$${cost}$`));
    expect(['04', '09', '11', '12'].map(ofCost)).toEqual([true, true, false, false]);
  });
});
