import { RecurringJob } from '@app/persistence';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { auditConfig } from '../audit-keys/audit.config.js';
import { RetentionService } from './retention.service.js';

/** How often records are looked for whose time is over. Milliseconds. */
const LOOK_INTERVAL_MS = 3_600_000;

/** Removes records after `AUDIT_KEPT`, if that is set. Any instance does it for all. */
@Injectable()
export class RetentionJob extends RecurringJob {
  protected readonly log = new Logger('Audit');

  constructor(
    private readonly retention: RetentionService,
    @Inject(auditConfig.KEY) private readonly config: ConfigType<typeof auditConfig>,
  ) {
    super(LOOK_INTERVAL_MS, 'audit.unretired');
  }

  protected async run(): Promise<void> {
    const { kept } = this.config;
    if (kept === undefined) return;
    await this.retention.removeBefore(Date.now() - kept, this.shutdown.signal);
  }
}
