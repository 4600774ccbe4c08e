import { PersistenceModule } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import { ConfigModule } from '@nestjs/config';
import { Test, type TestingModule } from '@nestjs/testing';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { v7 } from 'uuid';
import { AuditTrail } from '../audit/audit-trail.js';
import { AuditDataSource } from '../audit-erasure/audit-data.source.js';
import { AuditKeysService } from '../audit-keys/audit-keys.service.js';
import { LoggingModule } from '../logging.module.js';
import { ChainVerifier } from './chain-verifier.js';
import { CheckpointService } from './checkpoint.service.js';
import { RetentionService } from './retention.service.js';
import { SealService } from './seal.service.js';

const server = process.env.TEST_DATABASE_URL;

describe.runIf(server)('the role of PostgreSQL that docs/audit-trail.md describes', () => {
  const suffix = randomUUID().replaceAll('-', '');
  const [database, role] = [`audit_${suffix}`, `service_${suffix}`];
  const dataDir = mkdtempSync(join(tmpdir(), 'audit-role-'));
  let asRole: string;
  let module: TestingModule;

  beforeAll(async () => {
    await run(server!, `create database ${database}`);
    const owner = new URL(`/${database}`, server).href;
    await (await open(owner)).close();
    const [, statements] = /```sql audit-role\n(.*?)```/s.exec(
      readFileSync('docs/audit-trail.md', 'utf8'),
    )!;
    await run(owner, statements!.replaceAll('gateway_service', role));
    const url = new URL(owner);
    url.username = role;
    asRole = url.href;
    module = await open(asRole);
  }, 120_000);
  afterAll(async () => {
    await module.close();
    vi.unstubAllEnvs();
    await run(server!, `drop database ${database} with (force)`);
    await run(server!, `drop role ${role}`);
    rmSync(dataDir, { recursive: true });
  }, 120_000);

  async function open(url: string): Promise<TestingModule> {
    vi.stubEnv('DATABASE_URL', url).stubEnv('DATA_DIR', dataDir);
    vi.stubEnv('PASSWORD_PEPPER', randomBytes(48).toString('base64url'));
    const opened = await Test.createTestingModule({
      imports: [
        ConfigModule.forRoot({ ignoreEnvFile: true }),
        await PersistenceModule.forRoot(),
        LoggingModule.forRoot({ destination: { write: () => undefined } }),
      ],
    }).compile();
    return opened.init();
  }

  it('is enough to record, seal, sign, erase and retire', { timeout: 120_000 }, async () => {
    const trail = module.get(AuditTrail);
    const ada = v7();
    const entry = { actorId: ada, action: 'x.y', outcome: 'succeeded', ip: '', requestId: 'r' };
    for (let n = 0; n < 5; n += 1) await trail.record(entry);
    await module.get(AuditDataSource).erase(ada, randomUUID());
    await module.get(SealService).sealAll();
    expect(await module.get(CheckpointService).make(0)).toMatchObject({ sequence: 6 });
    await new RetentionService(
      module.get(EntityManager),
      trail,
      module.get(AuditKeysService),
      module.get(SealService),
    ).removeBefore(Date.now() + 1);
    const faults: unknown[] = [];
    const { records } = await module
      .get(ChainVerifier)
      .verify({ part: 'all', outside: [] }, (fault) => void faults.push(fault));
    expect([faults, records]).toEqual([[], 1]);
  });

  it('gets nothing done as the owner by temporary tables of its own', async () => {
    const text = `
      create temp table audit_seals (sequence bigint, record_id uuid);
      create temp table audit_checkpoints (number integer, sequence bigint, token text);
      insert into pg_temp.audit_seals values (1000, '${v7()}');
      insert into pg_temp.audit_checkpoints values (1, 1000, '');
      grant all on pg_temp.audit_seals, pg_temp.audit_checkpoints to public;
      select audit_retire(1000, 10) as retired;
      select count(*)::int as kept from pg_temp.audit_seals`;
    const results = await run(asRole, text);
    expect(results.flatMap(({ rows }) => rows)).toEqual([{ retired: '0' }, { kept: 1 }]);
  });

  it.each([
    `update audit_records set ip = ''`,
    'delete from audit_records',
    'truncate audit_records',
    'update audit_seals set salt = null',
    'delete from audit_seals',
    'delete from audit_redactions',
    'delete from audit_checkpoints',
    'update audit_chain set legacy_until = now()',
    'alter table audit_records disable trigger all',
    'drop table audit_seals',
  ])('may not %s', async (statement) => {
    await expect(run(asRole, statement)).rejects.toThrow(/permission denied|must be owner/);
  });
});

async function run(url: string, text: string): Promise<pg.QueryResult[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return [await client.query(text)].flat();
  } finally {
    await client.end();
  }
}
