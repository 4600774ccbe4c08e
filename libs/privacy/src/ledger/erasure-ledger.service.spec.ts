import { type backupConfig, erasureDigest, ErasureLedger } from '@app/backup';
import { PersistenceModule } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { ConfigModule, type ConfigType } from '@nestjs/config';
import { Test, type TestingModule } from '@nestjs/testing';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErasedAccount } from './erased-account.entity.js';
import { ErasureLedgerService } from './erasure-ledger.service.js';

const HOUR_MS = 3_600_000;

describe('the ledger of erased accounts', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'ledger-'));
  let module: TestingModule;
  let em: SqlEntityManager;
  let path: string;

  beforeAll(async () => {
    vi.stubEnv('DATABASE_URL', '').stubEnv('DATA_DIR', dataDir);
    module = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot({ ignoreEnvFile: true }),
        await PersistenceModule.forRoot(),
        MikroOrmModule.forFeature([ErasedAccount]),
      ],
    }).compile();
    await module.init();
    em = module.get(EntityManager).fork() as SqlEntityManager;
  }, 60_000);
  beforeEach(async () => {
    await em.execute('delete from erased_accounts', [], 'run');
    path = join(mkdtempSync(join(dataDir, 'one-')), 'erasures.ledger');
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(async () => {
    await module.close();
    vi.unstubAllEnvs();
    rmSync(dataDir, { recursive: true });
  });

  const aService = () =>
    new ErasureLedgerService(em, { ledger: path } as ConfigType<typeof backupConfig>);
  const note = (id: string, msFromNow: number) =>
    aService().note(id, new Date(Date.now() + msFromNow), em);
  const inFile = async () => {
    const digests: string[] = [];
    for await (const batch of new ErasureLedger(path).read()) {
      digests.push(...batch.map(({ digest }) => digest));
    }
    return digests;
  };

  it('has each account once in the file, also after a clock that was ahead', async () => {
    const ledger = aService();
    await note('ahead', 20 * HOUR_MS);
    await ledger.copy();
    await note('now', 0);
    await ledger.copy();
    expect(await inFile()).toEqual(['ahead', 'now'].map(erasureDigest));
  });

  it('misses none after a start, with an entry in the file that is ahead', async () => {
    await note('ahead', 20 * HOUR_MS);
    await aService().copy();
    await note('now', 0);
    await aService().copy();
    expect(await inFile()).toContain(erasureDigest('now'));
  });

  it('has the rest after a start when the file fails between two pages', async () => {
    const rows = Array.from({ length: 1_500 }, (_, n) => ({
      digest: erasureDigest(`account ${n}`),
      // The first page by digest has the newest as well.
      erasedAt: new Date(Date.now() - HOUR_MS * (n + 1)),
    }));
    await em.fork().insertMany(ErasedAccount, rows);
    const add = Reflect.get(ErasureLedger.prototype, 'add');
    const adding = vi.spyOn(ErasureLedger.prototype, 'add');
    adding.mockImplementationOnce(function (this: ErasureLedger, entries) {
      return add.call(this, entries);
    });
    adding.mockRejectedValueOnce(new Error('no space'));
    await expect(aService().copy()).rejects.toThrow('no space');
    adding.mockRestore();
    await aService().copy();
    expect(new Set(await inFile()).size).toBe(1_500);
  });

  it('looks at the file again when it could not be read', async () => {
    const ledger = aService();
    mkdirSync(path);
    await note('ada', 0);
    await expect(ledger.copy()).rejects.toThrow('EISDIR');
    rmSync(path, { recursive: true });
    await ledger.copy();
    expect(await inFile()).toEqual([erasureDigest('ada')]);
  });

  it('has the account that is erased also where no copy has found it', async () => {
    const ledger = aService();
    await ledger.copy();
    await ledger.write('ada', new Date(0));
    expect(await inFile()).toEqual([erasureDigest('ada')]);
  });
});
