import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { ConnectionAttempt } from '../flow/connection-attempt.entity.js';
import { ServerCatalog } from '../flow/server-catalog.js';
import { scopesIn } from '../oauth/scope-text.js';
import { ConnectionRemoval } from '../store/connection-removal.js';
import { ConnectionStore } from '../store/connection-store.js';
import type { ServerConnection } from '../store/server-connection.entity.js';
import { GrantEnd } from '../tokens/grant-end.js';

/** What people have allowed at servers: which, and never a token. */
@Injectable()
export class ConnectionDataSource {
  readonly tables: readonly string[] = ['server_connections', 'connection_attempts'];

  constructor(
    private readonly em: EntityManager,
    private readonly store: ConnectionStore,
    private readonly removal: ConnectionRemoval,
    private readonly ends: GrantEnd,
    private readonly catalog: ServerCatalog,
  ) {}

  async exportOf(accountId: string): Promise<object[]> {
    return (await this.store.ofAccount(accountId)).map(toExported);
  }

  /** An authorization server that does not answer keeps nothing here. */
  async erase(accountId: string): Promise<void> {
    await this.em.fork().nativeDelete(ConnectionAttempt, { accountId });
    const connections = await this.store.ofAccount(accountId);
    await Promise.all(connections.map(({ server }) => this.end(accountId, server)));
  }

  private async end(accountId: string, server: string): Promise<void> {
    const removed = await this.removal.remove({ accountId, server });
    if (!removed) return;
    await this.ends.revoke(removed, this.catalog.all.get(server)?.allowPrivateAddresses);
  }
}

function toExported(connection: ServerConnection): object {
  const { server, profileId, serverName, issuer, resource, scope, state } = connection;
  return {
    connectionId: server,
    profileId,
    server: serverName,
    issuer,
    resource,
    scopes: scopesIn(scope),
    state,
    connectedAt: connection.connectedAt.toISOString(),
    lastUsedAt: connection.usedAt?.toISOString() ?? null,
  };
}
