import { LoggingModule } from '@app/logging';
import { persistenceConfig, PersistenceModule } from '@app/persistence';
import { SecurityModule } from '@app/security';
import { ConfigModule } from '@nestjs/config';
import { Test, type TestingModule } from '@nestjs/testing';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { ProofReplayService } from './proof-replay.service.js';
import { StoredProofService } from './stored-proof.service.js';

// Creating and dropping databases is slow on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const NOBODY = 'redis://127.0.0.1:1';
const redisUrl = process.env.TEST_REDIS_URL;
const databaseUrl = process.env.TEST_DATABASE_URL;

const running: TestingModule[] = [];
const folders: string[] = [];

/** An instance of the gateway, reduced to its replay protection. */
async function anInstance(environment: Record<string, string>): Promise<ProofReplayService> {
  vi.stubEnv('DATABASE_URL', '').stubEnv('REDIS_URL', '');
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const module = await Test.createTestingModule({
    imports: [
      await PersistenceModule.forRoot(),
      LoggingModule.forRoot(),
      SecurityModule,
      ConfigModule.forFeature(persistenceConfig),
    ],
    providers: [ProofReplayService, StoredProofService],
  }).compile();
  module.useLogger(false);
  await module.enableShutdownHooks().init();
  running.push(module);
  return module.get(ProofReplayService);
}

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'proofs-'));
  folders.push(folder);
  return folder;
}

const now = () => Date.now() / 1000;

const aProof = (issuedAt = now()) =>
  ({ key: 'of a phone', id: randomUUID(), issuedAt }) as Parameters<
    ProofReplayService['isFirstUse']
  >[0];

afterEach(async () => {
  for (const module of running.splice(0)) await module.close();
  vi.unstubAllEnvs();
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const databases: { on: string; server?: string }[] = [
  { on: 'an embedded database' },
  ...(databaseUrl ? [{ on: 'PostgreSQL', server: databaseUrl }] : []),
];

describe.each(databases)('proofs of instances on $on', ({ server }) => {
  let database: string | undefined;
  const name = `proofs_${randomUUID().replaceAll('-', '')}`;
  const admin = async (statement: string) => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  beforeAll(async () => {
    if (!server) return;
    await admin(`create database ${name}`);
    database = Object.assign(new URL(server), { pathname: name }).href;
  });
  afterAll(async () => {
    if (server) await admin(`drop database ${name} with (force)`);
  });
  const storage = () => ({
    DATA_DIR: aFolder(),
    ...(database ? { DATABASE_URL: database } : {}),
  });

  it('count once between them while Redis is unreachable', async () => {
    const environment = { ...storage(), REDIS_URL: NOBODY };
    const [one, other] = [await anInstance(environment), await anInstance(environment)];
    // A proof issued before an instance lost Redis may have been used on another one.
    expect(await one.isFirstUse(aProof(now() - 3_600), true)).toBe(false);
    const proof = aProof(now() + 1);
    expect(await one.isFirstUse(proof, true)).toBe(true);
    expect(await one.isFirstUse(proof, true)).toBe(false);
    expect(await other.isFirstUse(proof, true)).toBe(false);
    expect(await other.isFirstUse(aProof(now() + 1), true)).toBe(true);
  });

  it('are refused if issued before a restart, while Redis is unreachable', async () => {
    const environment = { ...storage(), REDIS_URL: NOBODY };
    const before = await anInstance(environment);
    const [used, early] = [aProof(), aProof(now() - 5)];
    expect(await before.isFirstUse(used, false)).toBe(true);
    await running.pop()!.close();
    const after = await anInstance(environment);
    expect(await after.isFirstUse(used, false)).toBe(false);
    expect(await after.isFirstUse(early, false)).toBe(false);
    expect(await after.isFirstUse(aProof(now() + 1), false)).toBe(true);
  });

  describe.runIf(redisUrl)('of which only one is without Redis', () => {
    it('count once too', async () => {
      const environment = storage();
      const served = await anInstance({ ...environment, REDIS_URL: redisUrl! });
      const alone = await anInstance({ ...environment, REDIS_URL: NOBODY });
      const first = aProof();
      expect(await alone.isFirstUse(first, true)).toBe(true);
      expect(await served.isFirstUse(first, true)).toBe(false);
      const second = aProof();
      expect(await served.isFirstUse(second, true)).toBe(true);
      expect(await alone.isFirstUse(second, true)).toBe(false);
    });
  });

  describe.runIf(server)('that have no Redis at all', () => {
    it('count once, and are not refused for their age', async () => {
      const environment = storage();
      const [one, other] = [await anInstance(environment), await anInstance(environment)];
      const proof = aProof(now() - 20);
      expect(await one.isFirstUse(proof, false)).toBe(true);
      expect(await other.isFirstUse(proof, false)).toBe(false);
      const answers = Array.from({ length: 2 }, () => aProof()).map((each) =>
        Promise.all([one, other].map((instance) => instance.isFirstUse(each, false))),
      );
      for (const answer of await Promise.all(answers)) {
        expect(answer.filter(Boolean)).toHaveLength(1);
      }
    });
  });
});

describe('proofs of a single instance', () => {
  it('are refused if issued before its start', async () => {
    const instance = await anInstance({ DATA_DIR: aFolder() });
    expect(await instance.isFirstUse(aProof(now() - 3_600), false)).toBe(false);
    expect(await instance.isFirstUse(aProof(now() + 1), false)).toBe(true);
  });

  it('sent without a token do not evict those of sessions', async () => {
    const instance = await anInstance({ DATA_DIR: aFolder() });
    const ofSession = aProof(now() + 5);
    expect(await instance.isFirstUse(ofSession, true)).toBe(true);
    // One more than the limit: the eviction refuses proofs of the same age.
    const ahead = now() + 9;
    for (let n = 0; n < 480_001; n += 1) {
      await instance.isFirstUse({ ...ofSession, id: String(n), issuedAt: ahead }, false);
    }
    expect(await instance.isFirstUse(aProof(ahead - 8), false)).toBe(false);
    expect(await instance.isFirstUse(aProof(ahead - 8), true)).toBe(true);
    expect(await instance.isFirstUse(ofSession, true)).toBe(false);
  });
});
