import { LoggingModule } from '@app/logging';
import { PersistenceModule } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KeyRotationService } from './key-rotation.service.js';
import { SigningKey } from './signing-key.entity.js';
import { SigningKeyService } from './signing-key.service.js';
import { SigningKeysModule } from './signing-keys.module.js';

describe('SigningKeyService', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'keys-'));
  let module: TestingModule;
  let keys: SigningKeyService;
  let rotation: KeyRotationService;

  beforeAll(async () => {
    vi.stubEnv('DATABASE_URL', '').stubEnv('DATA_DIR', dataDir);
    module = await Test.createTestingModule({
      imports: [await PersistenceModule.forRoot(), LoggingModule.forRoot(), SigningKeysModule],
    }).compile();
    module.useLogger(false);
    await module.init();
    keys = module.get(SigningKeyService);
    rotation = module.get(KeyRotationService);
  });

  afterAll(async () => {
    await module.close();
    vi.unstubAllEnvs();
    rmSync(dataDir, { recursive: true });
  });

  it('finds a key created a moment ago, repeatedly, among unknown key ids', async () => {
    for (let round = 0; round < 4; round += 1) {
      const kid = await rotation.rotate();
      const found = [keys.find('AAAAAAAAAAAA'), keys.find(kid), keys.find(`${kid}x`)];
      const [madeUp, real, tooLong] = await Promise.all(found);
      expect([madeUp, tooLong]).toEqual([undefined, undefined]);
      expect(real).toBe(keys.secretOf(kid));
      expect(real).toBeDefined();
      expect(keys.signer.kid).toBe(kid);
    }
  });

  it('keeps the signing key without a rotation', async () => {
    const { kid } = keys.signer;
    await keys.find('BBBBBBBBBBBB');
    expect(keys.signer.kid).toBe(kid);
    expect((await rotation.list()).keys.filter(({ isSigner }) => isSigner)).toMatchObject([
      { kid, origin: 'database' },
    ]);
  });

  it('keeps a retired key for an hour, for instances whose clocks are behind', async () => {
    const old = await rotation.rotate();
    await rotation.rotate();
    const em = module.get(EntityManager).fork();
    const endedAgo = async (minutes: number) => {
      const retiresAt = new Date(Date.now() - minutes * 60_000);
      await em.nativeUpdate(SigningKey, { kid: old }, { retiresAt });
      // Each lookup of an unknown key reads the rows and deletes the outdated ones.
      await keys.find('CCCCCCCCCCCC');
      return em.count(SigningKey, { kid: old });
    };
    expect(await endedAgo(59)).toBe(1);
    expect(keys.secretOf(old)).toBeUndefined();
    expect(await endedAgo(61)).toBe(0);
  });

  it('has a key again after a clock that was ahead is corrected', async () => {
    const old = await rotation.rotate();
    await rotation.rotate();
    await keys.find('DDDDDDDDDDDD');
    const now = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: now + 24.5 * 3_600_000 });
    await keys.find('EEEEEEEEEEEE');
    expect(keys.secretOf(old)).toBeUndefined();
    vi.setSystemTime(now);
    await keys.find('FFFFFFFFFFFF');
    expect(keys.secretOf(old)).toBeDefined();
    vi.useRealTimers();
  });

  it('refuses a rotation under a secret that decrypts no key, unless hasNewSecret is set', async () => {
    const before = await rotation.list();
    const config = {
      jwtSecret: 'another secret, of thirty-two bytes',
      jwtSecretPrevious: undefined,
    };
    const astray = new KeyRotationService(module.get(EntityManager), config as never);
    for (const options of [{}, { revokeOld: true }]) {
      await expect(astray.rotate(options)).rejects.toThrow(/^JWT_SECRET opens none of the keys/);
    }
    expect(await rotation.list()).toEqual(before);
    const kid = await astray.rotate({ hasNewSecret: true });
    expect((await astray.list()).keys.find(({ isSigner }) => isSigner)).toMatchObject({ kid });
    await rotation.rotate({ hasNewSecret: true });
  });

  it('creates one key for each of ten concurrent rotations', async () => {
    const made = await Promise.all(Array.from({ length: 10 }, () => rotation.rotate()));
    expect(new Set(made).size).toBe(10);
    const { keys: all } = await rotation.list();
    expect(all.filter(({ until }) => until === Infinity)).toHaveLength(1);
    expect(all.map(({ kid }) => kid)).toEqual(expect.arrayContaining(made));
  });
});
