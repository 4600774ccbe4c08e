import { RecurringJob } from '@app/persistence';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { auditConfig } from '../audit-keys/audit.config.js';
import { AuditAlarmService } from './audit-alarm.service.js';
import { ChainVerifier } from './chain-verifier.js';
import { CheckpointService } from './checkpoint.service.js';

/** Looks through the newest part of the trail, raises an alarm if something is wrong with it, and signs its end. */
@Injectable()
export class CheckpointJob extends RecurringJob {
  protected readonly log = new Logger('Audit');

  constructor(
    private readonly checkpoints: CheckpointService,
    private readonly verifier: ChainVerifier,
    private readonly alarm: AuditAlarmService,
    @Inject(auditConfig.KEY) private readonly config: ConfigType<typeof auditConfig>,
  ) {
    super(config.checkpointInterval, 'audit.unchecked');
  }

  protected async run(): Promise<void> {
    let isWell = true;
    const witness = await this.checkpoints.witness();
    await this.verifier.verify(
      { part: 'newest', outside: witness ? [witness] : [], signal: this.shutdown.signal },
      (fault) => {
        isWell = false;
        this.alarm.raise(fault);
      },
    );
    const made = await this.checkpoints.make(this.config.checkpointInterval);
    // What this instance knows better than the database stays as evidence.
    if (made && isWell) await this.checkpoints.keep(made);
  }
}
