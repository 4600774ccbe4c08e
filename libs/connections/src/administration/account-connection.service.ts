import { AccountDirectoryService } from '@app/auth';
import type { RecordAudit } from '@app/logging';
import { EntityManager, type FilterQuery } from '@mikro-orm/core';
import { Injectable, Logger } from '@nestjs/common';
import { ConnectionError } from '../connection.error.js';
import { factsOf } from '../store/connection-facts.js';
import { ConnectionRemoval } from '../store/connection-removal.js';
import { ServerConnection, type StoredState } from '../store/server-connection.entity.js';
import {
  type AccountConnectionPageView,
  type AccountConnectionView,
  SHOWN_COLUMNS,
  toAccountConnectionView,
} from './account-connection.view.js';

/** Which connections to list. */
export interface ConnectionFilter {
  readonly accountId?: string | undefined;
  readonly profileId?: string | undefined;
  /** The name of a server, in any assistant. */
  readonly server?: string | undefined;
  readonly state?: StoredState | undefined;
  /** @default newest */
  readonly sort?: 'newest' | 'oldest' | undefined;
  /** The id of the last connection of the page before. */
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** The connections of all accounts, as operators see and end them. */
@Injectable()
export class AccountConnectionService {
  private readonly log = new Logger('Connections');

  constructor(
    private readonly em: EntityManager,
    private readonly removal: ConnectionRemoval,
    private readonly accounts: AccountDirectoryService,
  ) {}

  async list({ limit, ...filter }: ConnectionFilter): Promise<AccountConnectionPageView> {
    const direction = filter.sort === 'oldest' ? 'asc' : 'desc';
    const found = await this.em.fork().find(ServerConnection, conditionOf(filter), {
      fields: SHOWN_COLUMNS,
      orderBy: { id: direction },
      limit: limit + 1,
    });
    const shown = found.slice(0, limit);
    const names = await this.accounts.namesOf([...new Set(shown.map((one) => one.accountId))]);
    const connections = shown.map((one) => toAccountConnectionView(one, names));
    return { connections, nextCursor: found.length > limit ? shown.at(-1)!.id : null };
  }

  /**
   * Removes a connection and its tokens here. Its authorization server is told of it at once by the caller, or by a
   * running gateway within minutes.
   *
   * @param reason goes to the log
   * @throws ConnectionError `connection_not_found`
   */
  async remove(id: string, reason: string, record?: RecordAudit): Promise<ServerConnection> {
    const removed = await this.removal.remove({ id }, record);
    if (!removed) throw ConnectionError.unknown();
    this.log.log({ event: 'oauth.connection.revoked', ...factsOf(removed), reason });
    return removed;
  }

  async describe(connection: ServerConnection): Promise<AccountConnectionView> {
    return toAccountConnectionView(connection, await this.accounts.namesOf([connection.accountId]));
  }
}

function conditionOf({
  accountId,
  profileId,
  server,
  state,
  sort,
  cursor,
}: Omit<ConnectionFilter, 'limit'>): FilterQuery<ServerConnection> {
  return {
    ...(accountId !== undefined && { accountId }),
    ...(profileId !== undefined && { profileId }),
    ...(server !== undefined && { serverName: server }),
    ...(state !== undefined && { state }),
    ...(cursor !== undefined && { id: sort === 'oldest' ? { $gt: cursor } : { $lt: cursor } }),
  };
}
