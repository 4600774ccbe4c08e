import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { auditConfig } from '../audit-keys/audit.config.js';
import { CheckpointJob } from './checkpoint.job.js';
import { RetentionJob } from './retention.job.js';
import { RetentionService } from './retention.service.js';
import { SealingJob } from './sealing.job.js';

/** The work on the audit trail that goes on while the service runs; commands do without. */
@Module({
  imports: [ConfigModule.forFeature(auditConfig)],
  providers: [CheckpointJob, RetentionJob, RetentionService, SealingJob],
})
export class AuditChainModule {}
