import { RecurringJob } from '@app/persistence';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { ConnectionStore } from '../store/connection-store.js';
import { type AwaitedConnection, ConnectionListener } from './connection-listener.js';

/** Time between two looks. Milliseconds. */
const LOOK_INTERVAL_MS = 5_000;

/**
 * Tells once more of connections that are still waited for: the process that was to tell may have died, or what waits
 * began to wait in the same moment.
 */
@Injectable()
export class AwaitedConnectionsJob extends RecurringJob {
  protected readonly log = new Logger('Connections');
  private after: AwaitedConnection | undefined;

  constructor(
    private readonly store: ConnectionStore,
    @Inject(ConnectionListener) private readonly listener: ConnectionListener,
  ) {
    super(LOOK_INTERVAL_MS, 'oauth.runs.unresumed');
  }

  protected async run(): Promise<void> {
    const awaited = await this.listener.awaited(this.after);
    // Behind the last one it is begun anew.
    this.after = awaited.at(-1);
    for (const { accountId, connectionId } of await this.store.connectedOf(awaited)) {
      this.shutdown.signal.throwIfAborted();
      // One person keeps no other waiting.
      await this.listener.connected(accountId, connectionId).catch((err: unknown) => {
        this.log.error({ event: 'oauth.runs.unresumed', userId: accountId, err });
      });
    }
  }
}
