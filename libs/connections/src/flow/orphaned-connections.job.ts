import { RecurringJob } from '@app/persistence';
import { Injectable, Logger } from '@nestjs/common';
import { factsOf } from '../store/connection-facts.js';
import { ConnectionRemoval } from '../store/connection-removal.js';
import { ConnectionStore } from '../store/connection-store.js';
import { GrantEnd } from '../tokens/grant-end.js';
import { ServerCatalog } from './server-catalog.js';

/** Time between two looks. Milliseconds. */
const LOOK_INTERVAL_MS = 3_600_000;

/** How long no profile names the server of a connection before it is removed. Milliseconds. */
const ORPHANED_FOR_MS = 30 * 86_400_000;

/** How many are removed one after the other before the next ones are looked for. */
const BATCH = 100;

/**
 * Ends connections whose server is in no profile any more, here and at their authorization servers. Not at once: a profile
 * may be away for a while, and not every instance gets another folder of profiles at the same moment.
 */
@Injectable()
export class OrphanedConnectionsJob extends RecurringJob {
  protected readonly log = new Logger('Connections');

  constructor(
    private readonly store: ConnectionStore,
    private readonly removal: ConnectionRemoval,
    private readonly ends: GrantEnd,
    private readonly catalog: ServerCatalog,
  ) {
    super(LOOK_INTERVAL_MS, 'oauth.orphans.unremoved');
  }

  protected async run(): Promise<void> {
    await this.store.noteOrphans([...this.catalog.all.keys()]);
    const since = new Date(Date.now() - ORPHANED_FOR_MS);
    for (let found; (found = await this.store.orphans(since, BATCH)).length > 0;) {
      for (const { accountId, server } of found) {
        this.shutdown.signal.throwIfAborted();
        const removed = await this.removal.remove({ accountId, server });
        if (!removed) continue;
        this.log.log({ event: 'oauth.orphan.removed', ...factsOf(removed) });
        await this.ends.revoke(removed);
      }
    }
  }
}
