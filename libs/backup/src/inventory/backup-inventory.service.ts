import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { backupConfig } from '../backup.config.js';
import { unlessGone } from '../files/unless-gone.js';
import { isUnfinished, parseBackupName } from './backup-name.js';

/** A file that was not written to for so long is left over from a backup that was killed. Milliseconds. */
const DEAD_FILE_MS = 3_600_000;

/** A file in the folder of the backups. Its content is another matter: `backup verify` looks at that. */
export interface ListedBackup {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly createdAt: Date;
  readonly database: 'sqlite' | 'postgres';
}

/** The backups in `BACKUP_DIR`, told by their names. */
@Injectable()
export class BackupInventoryService {
  constructor(@Inject(backupConfig.KEY) private readonly config: ConfigType<typeof backupConfig>) {}

  /** The newest first. What has another name is not listed, and never removed. */
  async list(): Promise<ListedBackup[]> {
    const backups: ListedBackup[] = [];
    for (const name of await this.names()) {
      const backup = await this.find(name);
      if (backup) backups.push(backup);
    }
    return backups.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  }

  /** What the age of backups is measured by; undefined where there is none. Reads the names, and one file's status. */
  async newest(): Promise<ListedBackup | undefined> {
    for (const name of (await this.names()).toSorted().toReversed()) {
      const backup = await this.find(name);
      if (backup) return backup;
    }
    return undefined;
  }

  /** Removes what is too many or too old, but never the newest. Returns the names. */
  async prune(now = new Date()): Promise<string[]> {
    const { kept, keptFor } = this.config;
    const over = (await this.list()).filter(
      ({ createdAt }, place) =>
        place > 0 && (place >= kept || now.getTime() - createdAt.getTime() > keptFor),
    );
    for (const { path } of over) await rm(path, { force: true });
    return over.map(({ name }) => name);
  }

  /** Removes what backups that were killed have left. One that is being written is younger. */
  async removeDead(): Promise<void> {
    for (const name of (await this.names()).filter(isUnfinished)) {
      const path = join(this.config.folder, name);
      const file = await stat(path).catch(unlessGone);
      if (file && Date.now() - file.mtimeMs > DEAD_FILE_MS) await rm(path, { force: true });
    }
  }

  private async find(name: string): Promise<ListedBackup | undefined> {
    const parsed = parseBackupName(name);
    if (!parsed) return undefined;
    const path = join(this.config.folder, name);
    const file = await stat(path).catch(unlessGone);
    return file?.isFile() ? { ...parsed, name, path, bytes: file.size } : undefined;
  }

  private async names(): Promise<string[]> {
    return (await readdir(this.config.folder).catch(unlessGone)) ?? [];
  }
}
