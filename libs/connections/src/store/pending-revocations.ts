import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { PendingRevocation } from './pending-revocation.entity.js';
import type { ServerConnection } from './server-connection.entity.js';

/** Between two attempts: twice as long each time. Milliseconds. */
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;

/** After so long it is given up. Milliseconds. */
const GIVEN_UP_AFTER_MS = 86_400_000;

/** How many are tried at once. */
const BATCH = 20;

type Revocable = Pick<ServerConnection, 'id' | 'server' | 'sealedGrant'>;

/** What authorization servers could not be told. It is written with the removal, so that no crash loses it. */
@Injectable()
export class PendingRevocations {
  constructor(private readonly em: EntityManager) {}

  /** In the transaction of `em`. */
  async add(em: EntityManager, { id, server, sealedGrant }: Revocable): Promise<void> {
    const now = Date.now();
    const times = { createdAt: new Date(now), nextAt: new Date(now + FIRST_PAUSE_MS) };
    const row = { id, server, sealedGrant, attempts: 0, ...times };
    await em.upsert(PendingRevocation, row, { onConflictAction: 'ignore' });
  }

  keep(connection: Revocable): Promise<void> {
    return this.add(this.em.fork(), connection);
  }

  async forget(id: string): Promise<void> {
    await this.em.fork().nativeDelete(PendingRevocation, { id });
  }

  /** Some that are due. Each is of one process: the others look for the next ones. */
  async claim(): Promise<PendingRevocation[]> {
    const em = this.em.fork();
    const due = { nextAt: { $lte: new Date() } };
    const found = await em.find(PendingRevocation, due, {
      orderBy: { nextAt: 'asc' },
      limit: BATCH,
    });
    const claimed: PendingRevocation[] = [];
    for (const one of found) {
      const { id, attempts } = one;
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** attempts, LONGEST_PAUSE_MS);
      const next = { attempts: attempts + 1, nextAt: new Date(Date.now() + pause) };
      if ((await em.nativeUpdate(PendingRevocation, { id, attempts }, next)) === 1)
        claimed.push(one);
    }
    return claimed;
  }

  isOver({ createdAt }: PendingRevocation): boolean {
    return Date.now() - createdAt.getTime() > GIVEN_UP_AFTER_MS;
  }
}
