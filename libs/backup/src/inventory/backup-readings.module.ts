import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { backupConfig } from '../backup.config.js';
import { BackupInventoryService } from './backup-inventory.service.js';
import { BackupReadings } from './backup-readings.js';

/** What the gateway itself tells of backups. They are made by a command, with `BackupModule`. */
@Module({
  imports: [ConfigModule.forFeature(backupConfig)],
  providers: [BackupInventoryService, BackupReadings],
})
export class BackupReadingsModule {}
