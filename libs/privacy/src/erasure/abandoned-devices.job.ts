import { AccountDeletionService } from '@app/auth';
import { RecurringJob } from '@app/persistence';
import { Injectable, Logger } from '@nestjs/common';

/** Time between two searches. Milliseconds. */
const SEARCH_INTERVAL_MS = 3_600_000;

/** Sets the deletion date of anonymous accounts whose last session ended long ago. */
@Injectable()
export class AbandonedDevicesJob extends RecurringJob {
  protected readonly log = new Logger('Erasures');

  constructor(private readonly accounts: AccountDeletionService) {
    super(SEARCH_INTERVAL_MS, 'privacy.devices.unchecked');
  }

  protected async run(): Promise<void> {
    await this.accounts.markAbandoned();
  }
}
