import { gauge } from '@app/metrics';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { backupConfig } from '../backup.config.js';
import { BackupInventoryService } from './backup-inventory.service.js';

const newestBackup = gauge({
  name: 'gateway_backup_last_success_timestamp_seconds',
  help: 'Time of the newest backup in BACKUP_DIR, in seconds since 1970; 0 if there is none. Absent if BACKUP_RECIPIENT is not set and there is no backup.',
  labels: [],
});

/**
 * The time of the newest backup, for metrics. Each scrape gets what the scrape before it has looked up, so that none
 * waits for the folder, which may be on a network that does not answer.
 */
@Injectable()
export class BackupReadings implements OnModuleDestroy {
  private looking: Promise<void> | undefined;
  /** Milliseconds since 1970. */
  private newestAt: number | undefined;
  private readonly forget = newestBackup.readFrom(() => this.read());

  constructor(
    @Inject(backupConfig.KEY) private readonly config: ConfigType<typeof backupConfig>,
    private readonly inventory: BackupInventoryService,
  ) {}

  onModuleDestroy(): void {
    this.forget();
  }

  /** Also begins the look for the next scrape, unless the last one has not ended. */
  private read() {
    this.looking ??= this.look().finally(() => (this.looking = undefined));
    return this.newestAt === undefined ? [] : [{ labels: {}, value: this.newestAt / 1_000 }];
  }

  private async look(): Promise<void> {
    const isExpected = this.config.recipients.length > 0 || this.newestAt !== undefined;
    try {
      const newest = await this.inventory.newest();
      if (newest) this.newestAt = newest.createdAt.getTime();
      else if (isExpected) this.newestAt = 0;
    } catch {
      // The doctor says why the folder cannot be read. The known backup grows older until the alert is raised.
      if (isExpected) this.newestAt ??= 0;
    }
  }
}
