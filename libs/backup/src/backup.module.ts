import { persistenceConfig } from '@app/persistence';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { backupConfig } from './backup.config.js';
import { BackupService } from './creation/backup.service.js';
import { BackupInventoryService } from './inventory/backup-inventory.service.js';
import { RestoreService } from './restore/restore.service.js';

/**
 * Backups. They need the database to be there, and none of the gateway: not even its migrations, which must not run when
 * the state before them is to be saved.
 */
@Module({
  imports: [ConfigModule.forFeature(backupConfig), ConfigModule.forFeature(persistenceConfig)],
  providers: [BackupInventoryService, BackupService, RestoreService],
  exports: [BackupInventoryService, BackupService, RestoreService],
})
export class BackupModule {}
