import { Injectable, Logger } from '@nestjs/common';
import { OAuthCalls } from '../oauth/oauth-calls.js';
import { type RevocationFailure, revokeGrant } from '../oauth/revocation.js';
import { factsOf } from '../store/connection-facts.js';
import { ConnectionStore } from '../store/connection-store.js';
import type { PendingRevocation } from '../store/pending-revocation.entity.js';
import { PendingRevocations } from '../store/pending-revocations.js';
import type { ServerConnection } from '../store/server-connection.entity.js';

/** Has authorization servers forget what is forgotten here. What they answer changes nothing here. */
@Injectable()
export class GrantEnd {
  private readonly log = new Logger('Connections');

  constructor(
    private readonly store: ConnectionStore,
    private readonly pending: PendingRevocations,
    private readonly calls: OAuthCalls,
  ) {}

  /**
   * Within a few seconds, whatever the server does. What fails is tried again later.
   *
   * @param allowed where it may be though that is not of the public Internet
   */
  async revoke(connection: ServerConnection, allowed?: readonly string[]): Promise<void> {
    const failure = await this.attempt(connection, allowed);
    if (failure) {
      const { reason, isFinal } = failure;
      this.log.warn({ event: 'oauth.unrevoked', ...factsOf(connection), reason });
      if (!isFinal) return this.pending.keep(connection);
    }
    await this.pending.forget(connection.id);
  }

  /** Once more. */
  async revokeAgain(one: PendingRevocation, allowed?: readonly string[]): Promise<void> {
    const failure = await this.attempt(one, allowed);
    if (failure && !failure.isFinal && !this.pending.isOver(one)) return;
    if (failure) {
      const { server, attempts } = one;
      const attempt = attempts + 1;
      const { reason } = failure;
      this.log.error({ event: 'oauth.revocation.given_up', server, attempt, reason });
    }
    await this.pending.forget(one.id);
  }

  /** Undefined if it is done. */
  private async attempt(
    sealed: Pick<ServerConnection, 'id' | 'sealedGrant'>,
    allowed: readonly string[] | undefined,
  ): Promise<RevocationFailure | undefined> {
    const grant = this.store.readableGrant(sealed);
    if (!grant) return { reason: 'It is sealed under another pepper.', isFinal: true };
    return revokeGrant(grant, this.calls.of(allowed));
  }
}
