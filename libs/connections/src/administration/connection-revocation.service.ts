import { Injectable } from '@nestjs/common';
import { ServerCatalog } from '../flow/server-catalog.js';
import { GrantEnd } from '../tokens/grant-end.js';
import { AccountConnectionService } from './account-connection.service.js';
import type { AccountConnectionView } from './account-connection.view.js';

/** Ends connections of others, here and at their authorization servers. */
@Injectable()
export class ConnectionRevocationService {
  constructor(
    private readonly connections: AccountConnectionService,
    private readonly catalog: ServerCatalog,
    private readonly ends: GrantEnd,
  ) {}

  /** @throws ConnectionError `connection_not_found` */
  async revoke(id: string, reason: string): Promise<AccountConnectionView> {
    const removed = await this.connections.remove(id, reason);
    await this.ends.revoke(removed, this.catalog.all.get(removed.server)?.allowPrivateAddresses);
    return this.connections.describe(removed);
  }
}
