import { RecurringJob } from '@app/persistence';
import { Injectable, Logger } from '@nestjs/common';
import { PendingRevocations } from '../store/pending-revocations.js';
import { GrantEnd } from '../tokens/grant-end.js';
import { ServerCatalog } from './server-catalog.js';

/** Time between two looks. Milliseconds. */
const LOOK_INTERVAL_MS = 10_000;

/** Has authorization servers forget what they could not be told before. */
@Injectable()
export class PendingRevocationsJob extends RecurringJob {
  protected readonly log = new Logger('Connections');

  constructor(
    private readonly pending: PendingRevocations,
    private readonly ends: GrantEnd,
    private readonly catalog: ServerCatalog,
  ) {
    super(LOOK_INTERVAL_MS, 'oauth.revocations.untried');
  }

  protected async run(): Promise<void> {
    const due = await this.pending.claim();
    const servers = this.catalog.all;
    // At once: one that does not answer keeps no other waiting.
    await Promise.all(
      due.map((one) => this.ends.revokeAgain(one, servers.get(one.server)?.allowPrivateAddresses)),
    );
  }
}
