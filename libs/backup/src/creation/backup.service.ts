import { persistenceConfig, withoutBound } from '@app/persistence';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { readIdentities } from '../archive/age.js';
import { ArchiveWriter } from '../archive/archive-writer.js';
import { checkArchive, type CheckedArchive } from '../archive/check-archive.js';
import { HEADER, LEDGER, MANIFEST, SEAL } from '../archive/layout.js';
import { type BackupHeader, FORMAT, type Manifest, PRODUCT, sealOf } from '../archive/manifest.js';
import { backupConfig } from '../backup.config.js';
import { BackupError } from '../backup.error.js';
import { syncFolder } from '../files/sync-folder.js';
import { BackupInventoryService } from '../inventory/backup-inventory.service.js';
import { backupName, unfinishedName } from '../inventory/backup-name.js';
import { ledgerText } from '../ledger/erasure-ledger.js';
import { RELEASE } from '../release.js';
import { dataFiles } from '../sources/data-files.js';
import type { DatabaseSnapshot } from '../sources/database-snapshot.js';
import { takeSnapshot } from '../sources/take-snapshot.js';

/** What a backup came to. */
export interface MadeBackup {
  readonly path: string;
  readonly bytes: number;
  readonly manifest: Manifest;
  /** The names of the backups that it took the place of. */
  readonly removed: readonly string[];
}

/** Makes and checks backups of the database and of `DATA_DIR`, while the service runs. */
@Injectable()
export class BackupService {
  constructor(
    @Inject(backupConfig.KEY) private readonly config: ConfigType<typeof backupConfig>,
    @Inject(persistenceConfig.KEY)
    private readonly persistence: ConfigType<typeof persistenceConfig>,
    private readonly inventory: BackupInventoryService,
  ) {}

  /**
   * Makes a backup, and removes those that it takes the place of. It has its name only once all of it is on the disk.
   *
   * @throws BackupError `backup_no_recipient`, `backup_no_database`, or `backup_damaged` if the database is
   */
  create(): Promise<MadeBackup> {
    return withoutBound(async () => {
      if (this.config.recipients.length === 0) throw BackupError.noRecipient();
      await mkdir(this.config.folder, { recursive: true, mode: 0o700 });
      await this.inventory.removeDead();
      const snapshot = await takeSnapshot(this.persistence);
      try {
        return await this.createOf(snapshot);
      } finally {
        await snapshot.close();
      }
    });
  }

  /** @throws BackupError if it is not whole, not ours, or not for this identity */
  async verify(path: string, identityFile: string): Promise<CheckedArchive> {
    return checkArchive(path, await readIdentities(identityFile), this.config.pepper);
  }

  /** The ledger of erased accounts as the database has it now. */
  async *ledger(): AsyncGenerator<string> {
    const snapshot = await takeSnapshot(this.persistence);
    try {
      yield* ledgerText(snapshot.erasedAccounts());
    } finally {
      await snapshot.close();
    }
  }

  private async createOf(snapshot: DatabaseSnapshot): Promise<MadeBackup> {
    const header = headerOf(snapshot);
    const { folder, recipients } = this.config;
    const name = backupName(header);
    const [path, draft] = [join(folder, name), join(folder, unfinishedName(name))];
    const archive = await ArchiveWriter.create(draft, recipients);
    let manifest: Manifest;
    try {
      manifest = await this.fill(archive, header, snapshot);
      await archive.finish();
      await rename(draft, path);
    } catch (error) {
      await archive.abandon();
      await rm(draft, { force: true });
      throw error;
    }
    await syncFolder(folder);
    const removed = await this.inventory.prune();
    return { path, bytes: (await stat(path)).size, manifest, removed };
  }

  /** Files after the database: who is erased in between leaves none behind. */
  private async fill(
    archive: ArchiveWriter,
    header: BackupHeader,
    snapshot: DatabaseSnapshot,
  ): Promise<Manifest> {
    await archive.add(HEADER, JSON.stringify(header));
    await archive.addParts(LEDGER, bytesOf(ledgerText(snapshot.erasedAccounts())));
    const { tables, sequences } = await snapshot.saveTo(archive);
    const { folder, ledger, pepper } = this.config;
    for await (const file of dataFiles(this.persistence.dataDir, [folder, ledger])) {
      await archive.addFile(file, file.chunks);
    }
    const manifest = { header, tables, sequences, contents: archive.contents };
    const text = JSON.stringify(manifest);
    await archive.add(MANIFEST, text);
    await archive.add(SEAL, pepper === undefined ? '' : sealOf(text, pepper));
    return manifest;
  }
}

function headerOf({ kind, schema, system }: DatabaseSnapshot): BackupHeader {
  return {
    product: PRODUCT,
    format: FORMAT,
    id: randomUUID(),
    createdAt: new Date().toISOString(),
    release: RELEASE,
    system,
    host: hostname(),
    database: kind,
    schema: [...schema],
  };
}

async function* bytesOf(text: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  for await (const piece of text) yield Buffer.from(piece);
}
