import type { RecordAudit } from '@app/logging';
import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { PendingRevocations } from './pending-revocations.js';
import { ServerConnection } from './server-connection.entity.js';

/** Which connection: that of an account to a server, or the one of an id. */
type Which = Pick<ServerConnection, 'accountId' | 'server'> | Pick<ServerConnection, 'id'>;

/** Removes connections. In the same transaction it becomes pending that their tokens are revoked. */
@Injectable()
export class ConnectionRemoval {
  constructor(
    private readonly em: EntityManager,
    private readonly pending: PendingRevocations,
  ) {}

  /** Of calls at the same time one gets it, with the tokens of its last renewal; undefined if there is none. */
  async remove(which: Which, record?: RecordAudit): Promise<ServerConnection | undefined> {
    for (;;) {
      const found = await this.em.fork().findOne(ServerConnection, which);
      if (!found) return undefined;
      const { id, version, accountId } = found;
      const isRemoved = await this.em.fork().transactional(async (em) => {
        // A renewal that has stored other tokens in between is met again; one that has not finds no row, and revokes.
        if ((await em.nativeDelete(ServerConnection, { id, version })) !== 1) return false;
        await this.pending.add(em, found);
        await record?.(accountId, em);
        return true;
      });
      if (isRemoved) return found;
    }
  }
}
