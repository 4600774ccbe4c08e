import { NOT_PAST_DELETION_SQL, SecretBoxService } from '@app/auth';
import { sharedMoment } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Grant } from '../oauth/grant.js';
import { PendingRevocations } from './pending-revocations.js';
import { ServerConnection } from './server-connection.entity.js';

/** How long no other renewal begins. Longer than a request may take; then its process is taken for dead. Milliseconds. */
export const LEASE_MS = 30_000;

/** What a renewal changes. */
export interface RenewedTokens {
  readonly grant: Grant;
  readonly scope: string;
  readonly renewAt: Date | null;
  readonly expiresAt: Date | null;
}

type SealedGrant = Pick<ServerConnection, 'id' | 'sealedGrant'>;

/** The connections of all people. The tokens are sealed, each for its own row. */
@Injectable()
export class ConnectionStore {
  constructor(
    private readonly em: EntityManager,
    private readonly box: SecretBoxService,
    private readonly pending: PendingRevocations,
  ) {}

  find(accountId: string, server: string): Promise<ServerConnection | null> {
    return this.em.fork().findOne(ServerConnection, { accountId, server });
  }

  get(id: string): Promise<ServerConnection | null> {
    return this.em.fork().findOne(ServerConnection, { id });
  }

  ofAccount(accountId: string): Promise<ServerConnection[]> {
    const orderBy = { connectedAt: 'asc', id: 'asc' } as const;
    return this.em.fork().find(ServerConnection, { accountId }, { orderBy });
  }

  /** Those of them that are connected. */
  async connectedOf<One extends { accountId: string; connectionId: string }>(
    all: readonly One[],
  ): Promise<One[]> {
    if (all.length === 0) return [];
    const rows = await this.em.fork().find(ServerConnection, {
      accountId: { $in: [...new Set(all.map(({ accountId }) => accountId))] },
      server: { $in: [...new Set(all.map(({ connectionId }) => connectionId))] },
      state: 'connected',
    });
    const known = new Set(rows.map(({ accountId, server }) => `${accountId} ${server}`));
    return all.filter((one) => known.has(`${one.accountId} ${one.connectionId}`));
  }

  seal(id: string, grant: Grant): string {
    return this.box.seal('server-grant', id, JSON.stringify(grant));
  }

  /** @throws Error if it was sealed under another pepper */
  grantOf({ id, sealedGrant }: SealedGrant): Grant {
    return JSON.parse(this.box.open('server-grant', id, sealedGrant)) as Grant;
  }

  readableGrant(sealed: SealedGrant): Grant | undefined {
    try {
      return this.grantOf(sealed);
    } catch {
      return undefined;
    }
  }

  /**
   * In the place of an earlier connection of the person to the server, in the transaction of `em`.
   *
   * @returns that one, if it is pending now that it is revoked
   */
  async put(
    em: EntityManager,
    connection: ServerConnection,
  ): Promise<ServerConnection | undefined> {
    const replaced = await this.taken(em, connection);
    const isRevoked = replaced !== null && this.isOfOtherClient(replaced, connection);
    if (isRevoked) await this.pending.add(em, replaced);
    await em.insert(ServerConnection, connection);
    return isRevoked ? replaced : undefined;
  }

  /** With the tokens of its last renewal. */
  private async taken(
    em: EntityManager,
    { accountId, server }: ServerConnection,
  ): Promise<ServerConnection | null> {
    for (;;) {
      const which = { accountId, server };
      const found = await em.findOne(ServerConnection, which, { disableIdentityMap: true });
      if (!found) return null;
      const { id, version } = found;
      if ((await em.nativeDelete(ServerConnection, { id, version })) === 1) return found;
    }
  }

  /** Many authorization servers end all that a person has allowed a client at once, and with it the new connection. */
  private isOfOtherClient(old: ServerConnection, connection: ServerConnection): boolean {
    const clientOf = (one: ServerConnection) => this.readableGrant(one)?.client.client_id;
    const isSame = old.issuer === connection.issuer && clientOf(old) === clientOf(connection);
    return !isSame && clientOf(old) !== undefined;
  }

  /** Notes since when no profile names the servers of connections. `known` are those that one names. */
  async noteOrphans(known: readonly string[]): Promise<void> {
    const em = this.em.fork() as SqlEntityManager;
    const places = known.map(() => '?').join(', ');
    const isUnknown = known.length > 0 ? `and server not in (${places})` : '';
    await em.execute(
      `update server_connections set orphaned_at = ? where orphaned_at is null ${isUnknown}`,
      [new Date(), ...known],
      'run',
    );
    if (known.length === 0) return;
    await em.execute(
      `update server_connections set orphaned_at = null where orphaned_at is not null and server in (${places})`,
      [...known],
      'run',
    );
  }

  /** Some whose server has been in no profile since then, or before. */
  orphans(since: Date, limit: number): Promise<ServerConnection[]> {
    const which = { orphanedAt: { $lte: since } };
    return this.em.fork().find(ServerConnection, which, { orderBy: { id: 'asc' }, limit });
  }

  /** The right to renew the tokens of that version; undefined while another process has it. */
  async lease({ id, version }: ServerConnection): Promise<string | undefined> {
    const em = this.em.fork() as SqlEntityManager;
    const leaseId = randomUUID();
    const [now, until] = [sharedMoment(em), sharedMoment(em, LEASE_MS)];
    const { affectedRows } = await em.execute<{ affectedRows: number }>(
      `update server_connections set lease_id = ?, lease_until = ${until.sql}
       where id = ? and version = ? and state <> 'expired'
         and (lease_until is null or lease_until < ${now.sql})`,
      [leaseId, ...until.values, id, version, ...now.values],
      'run',
    );
    return affectedRows === 1 ? leaseId : undefined;
  }

  /** False if the connection has been removed, or replaced. */
  async renew(
    { id, version }: ServerConnection,
    leaseId: string,
    { grant, ...times }: RenewedTokens,
  ): Promise<boolean> {
    const changes = { ...times, version: version + 1, leaseId: null, leaseUntil: null };
    const sealedGrant = this.seal(id, grant);
    const changed = await this.em
      .fork()
      .nativeUpdate(ServerConnection, { id, leaseId }, { ...changes, sealedGrant });
    return changed === 1;
  }

  /** Another renewal may begin after the pause. */
  async release({ id }: ServerConnection, leaseId: string, pauseMs: number): Promise<void> {
    const em = this.em.fork() as SqlEntityManager;
    const until = sharedMoment(em, pauseMs);
    await em.execute(
      `update server_connections set lease_id = null, lease_until = ${until.sql}
       where id = ? and lease_id = ?`,
      [...until.values, id, leaseId],
      'run',
    );
  }

  /**
   * The tokens of that version are of no use any more.
   *
   * @param leaseId of the renewal that has found that out: false if another one has begun since
   */
  async expire({ id, version }: ServerConnection, leaseId?: string): Promise<boolean> {
    const changes = { state: 'expired', leaseId: null, leaseUntil: null } as const;
    const which = { id, version, ...(leaseId !== undefined && { leaseId }) };
    return (await this.em.fork().nativeUpdate(ServerConnection, which, changes)) === 1;
  }

  async needMore({ id, version }: ServerConnection, missingScope: string | null): Promise<void> {
    const which = { id, version, state: { $ne: 'expired' as const } };
    await this.em
      .fork()
      .nativeUpdate(ServerConnection, which, { state: 'needs_more', missingScope });
  }

  async noteUse(id: string, usedAt: Date): Promise<void> {
    await this.em.fork().nativeUpdate(ServerConnection, { id }, { usedAt });
  }

  /** Whether anything is done for the account: it is neither disabled nor past its deletion date. */
  async isActive(accountId: string): Promise<boolean> {
    const rows = await (this.em.fork() as SqlEntityManager).execute<unknown[]>(
      `select 1 from accounts where id = ? and disabled_at is null and ${NOT_PAST_DELETION_SQL}`,
      [accountId, new Date()],
    );
    return rows.length > 0;
  }
}
