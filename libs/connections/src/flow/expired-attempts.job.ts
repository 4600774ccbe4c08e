import { RecurringJob } from '@app/persistence';
import { Injectable, Logger } from '@nestjs/common';
import { StoredClients } from '../clients/stored-clients.js';
import { ConnectionAttempts } from './connection-attempts.js';

/** Time between two deletions. Milliseconds. */
const SWEEP_INTERVAL_MS = 600_000;

/** Deletes attempts that have come to nothing, with what they knew, and clients that are replaced. */
@Injectable()
export class ExpiredAttemptsJob extends RecurringJob {
  protected readonly log = new Logger('Connections');

  constructor(
    private readonly attempts: ConnectionAttempts,
    private readonly clients: StoredClients,
  ) {
    super(SWEEP_INTERVAL_MS, 'oauth.attempts.undeleted');
  }

  protected async run(): Promise<void> {
    await this.attempts.forgetOld();
    await this.clients.forgetOld();
  }
}
