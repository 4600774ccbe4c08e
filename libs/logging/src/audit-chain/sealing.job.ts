import { RecurringJob } from '@app/persistence';
import { Injectable, Logger } from '@nestjs/common';
import { SealService } from './seal.service.js';

/** How often records are looked for that wait for their seals. Milliseconds. */
const SEAL_INTERVAL_MS = 500;

/** How long an instance leaves the work to the one that was faster. Milliseconds. */
const SITTING_OUT_MS = 1_000;

/** Seals records soon after they were written. */
@Injectable()
export class SealingJob extends RecurringJob {
  protected readonly log = new Logger('Audit');
  private restsUntil = -Infinity;
  private hasForgiven = false;

  constructor(private readonly seals: SealService) {
    super(SEAL_INTERVAL_MS, 'audit.unsealed');
  }

  protected async run(): Promise<void> {
    if (performance.now() < this.restsUntil) return;
    if (!this.hasForgiven) await this.seals.forgive();
    this.hasForgiven = true;
    const isOurs = await this.seals.sealAll(this.shutdown.signal);
    if (!isOurs) this.restsUntil = performance.now() + SITTING_OUT_MS;
  }
}
