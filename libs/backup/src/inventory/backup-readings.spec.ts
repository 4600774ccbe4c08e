import { MetricsText } from '@app/metrics';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BackupConfig } from '../backup.config.js';
import { BackupInventoryService } from './backup-inventory.service.js';
import { BackupReadings } from './backup-readings.js';

const OLDER = 'gateway-20261125T031700Z-sqlite-3f2a9c1b.tar.gz.age';
const NEWER = 'gateway-20261126T031700Z-sqlite-5b2a9c1b.tar.gz.age';
const NEWER_SECONDS = Date.parse('2026-11-26T03:17:00Z') / 1_000;

describe('the time of the newest backup', () => {
  let root: string;
  let readings: BackupReadings | undefined;
  beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'backup-readings-'))));
  afterEach(() => {
    readings?.onModuleDestroy();
    rmSync(root, { recursive: true });
  });

  function read(config: Partial<BackupConfig>) {
    const complete = { recipients: ['age1'], folder: root, ...config } as BackupConfig;
    readings = new BackupReadings(complete, new BackupInventoryService(complete));
  }

  async function sample(): Promise<number | undefined> {
    const text = await (await MetricsText.begin()).read();
    const found = /^gateway_backup_last_success_timestamp_seconds (.*)$/m.exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  }

  it('is that of the newest name, whatever else is in the folder', async () => {
    read({});
    for (const name of [OLDER, NEWER, `.${NEWER}.unfinished`, 'zzz', 'gateway-copy.tar.gz.age'])
      writeFileSync(join(root, name), '');
    mkdirSync(join(root, NEWER.replace('2026', '2027')));
    await expect.poll(sample).toBe(NEWER_SECONDS);
  });

  it('is 0 where a backup is expected and there is none: the folder is absent, empty or no folder', async () => {
    read({ folder: join(root, 'absent') });
    await expect.poll(sample).toBe(0);
    readings!.onModuleDestroy();
    read({});
    await expect.poll(sample).toBe(0);
    readings!.onModuleDestroy();
    writeFileSync(join(root, 'file'), '');
    read({ folder: join(root, 'file') });
    await expect.poll(sample).toBe(0);
  });

  it('is 0 once all backups are gone', async () => {
    read({ recipients: [] });
    writeFileSync(join(root, NEWER), '');
    await expect.poll(sample).toBe(NEWER_SECONDS);
    rmSync(join(root, NEWER));
    await expect.poll(sample).toBe(0);
  });

  it('stays what it was while the folder cannot be read', async () => {
    const folder = join(root, 'folder');
    mkdirSync(folder);
    writeFileSync(join(folder, NEWER), '');
    read({ folder });
    await expect.poll(sample).toBe(NEWER_SECONDS);
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    for (let looks = 0; looks < 5; looks += 1) expect(await sample()).toBe(NEWER_SECONDS);
  });

  it('is absent where no backups are made', async () => {
    read({ recipients: [] });
    for (let looks = 0; looks < 5; looks += 1) expect(await sample()).toBeUndefined();
  });
});
