import {
  type McpAuthorization,
  type McpTarget,
  mcpConfig,
  McpError,
  type ServerCredential,
  type ServerCredentials,
  type TokenChallenge,
} from '@app/mcp';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { connectionIdOf } from '../connection-id.js';
import { isOf } from '../oauth/discovery.js';
import { OAuthCalls } from '../oauth/oauth-calls.js';
import { isNamedIssuer, operatorClient } from '../oauth/operator-client.js';
import { boundedScope } from '../oauth/scope-text.js';
import { missingScope } from '../oauth/missing-scope.js';
import { factsOf } from '../store/connection-facts.js';
import { ConnectionStore } from '../store/connection-store.js';
import type { ServerConnection } from '../store/server-connection.entity.js';
import { authorizationRequired, TokenRenewal } from './token-renewal.js';

/** How often it is noted that a connection is used. Milliseconds. */
const NOTED_EVERY_MS = 3_600_000;

/** Whether what a person has allowed is for the server that the profile names by now, and of its issuer. */
export async function isMeantBy(
  { url, authorization }: { readonly url: string; readonly authorization: McpAuthorization },
  { resource, issuer }: Pick<ServerConnection, 'resource' | 'issuer'>,
): Promise<boolean> {
  const { checkResourceAllowed } = await import('@modelcontextprotocol/client');
  return isOf(resource, url, checkResourceAllowed) && isNamedIssuer(authorization, issuer);
}

/** Gives calls to servers the tokens of their users: of this user, for this server, and for no other origin. */
@Injectable()
export class ConnectionTokens implements ServerCredentials {
  private readonly log = new Logger('Connections');

  constructor(
    private readonly store: ConnectionStore,
    private readonly renewal: TokenRenewal,
    private readonly calls: OAuthCalls,
    @Inject(mcpConfig.KEY) private readonly config: ConfigType<typeof mcpConfig>,
  ) {}

  async find({ profileId, server, accountId }: McpTarget): Promise<ServerCredential> {
    if (server.transport !== 'http' || !server.authorization) throw new McpError('mcp_unavailable');
    const connectionId = connectionIdOf(profileId, server.name);
    const found = await this.store.find(accountId, connectionId);
    if (!found || found.state === 'expired') throw authorizationRequired(connectionId);
    const { url, authorization } = server;
    if (!(await isMeantBy({ url, authorization }, found))) {
      // The profile names another server by now.
      throw authorizationRequired(connectionId);
    }
    const { id } = found;
    const client = operatorClient(authorization, this.config);
    const oauth = this.calls.of(server.allowPrivateAddresses);
    return {
      id,
      token: () => {
        this.noteUse(found);
        return this.renewal.token(id, connectionId, { client, oauth });
      },
      renew: async (refused, challenge) => {
        if (challenge.statusCode === 403) return this.stepUp(id, authorization, challenge);
        return this.renewal.token(id, connectionId, { refused, client, oauth });
      },
      giveUp: async (refused, challenge) => {
        if (challenge.statusCode === 403) return this.stepUp(id, authorization, challenge);
        return this.end(id, connectionId, refused);
      },
    };
  }

  /** No call waits for it, and one that cannot be noted is noted with a later call. */
  private noteUse(connection: ServerConnection): void {
    const { id, usedAt } = connection;
    const now = new Date();
    if (usedAt && now.getTime() - usedAt.getTime() < NOTED_EVERY_MS) return;
    connection.usedAt = now;
    void this.store.noteUse(id, now).catch(() => (connection.usedAt = usedAt));
  }

  /** The person has to allow more: another token of what they have allowed would be refused as well. */
  private async stepUp(
    id: string,
    authorization: McpAuthorization,
    { scope }: TokenChallenge,
  ): Promise<never> {
    const connection = await this.store.get(id);
    if (!connection) throw new McpError('mcp_unavailable');
    const missing = missingScope(boundedScope(scope), authorization, connection);
    if (missing === '') {
      // Asking the person again would change nothing.
      const reason = 'It wants a scope that it has granted, or that the profile does not ask for.';
      throw new McpError('mcp_unavailable', undefined, { statusCode: 403, reason });
    }
    await this.store.needMore(connection, missing ?? null);
    throw authorizationRequired(connection.server);
  }

  /** The server accepts no token, not a new one either. */
  private async end(id: string, server: string, refused: string): Promise<never> {
    const connection = await this.store.get(id);
    if (connection && this.store.grantOf(connection).accessToken === refused) {
      const reason = 'The server refuses a token that has just been issued.';
      this.log.warn({ event: 'oauth.grant.ended', ...factsOf(connection), reason });
      await this.store.expire(connection);
    }
    throw authorizationRequired(server);
  }
}
