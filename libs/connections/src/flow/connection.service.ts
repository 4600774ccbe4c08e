import { mcpConfig } from '@app/mcp';
import { httpConfig } from '@app/security';
import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { v7 } from 'uuid';
import { StoredClients } from '../clients/stored-clients.js';
import { ConnectionError } from '../connection.error.js';
import {
  beginAuthorization,
  type PendingAuthorization,
  redeemCode,
} from '../oauth/authorization-code.js';
import { clientFor } from '../oauth/client-identity.js';
import { keptMetadata } from '../oauth/grant.js';
import { OAuthCalls } from '../oauth/oauth-calls.js';
import { asOAuthFailure, OAuthFailure } from '../oauth/oauth-failure.js';
import { isNamedIssuer, operatorClient } from '../oauth/operator-client.js';
import type { OAuthServer } from '../oauth-servers.js';
import { ConnectionRemoval } from '../store/connection-removal.js';
import { ConnectionStore } from '../store/connection-store.js';
import { ServerConnection } from '../store/server-connection.entity.js';
import { isMeantBy } from '../tokens/connection-tokens.js';
import { GrantEnd } from '../tokens/grant-end.js';
import { tokenTimes } from '../tokens/token-times.js';
import { ConnectionListener } from './connection-listener.js';
import { ConnectionAttempts, type OpenAttempt } from './connection-attempts.js';
import {
  type AuthorizationView,
  type ConnectionView,
  toConnectionView,
} from './connection.view.js';
import { gatewayAddresses } from './gateway-addresses.js';
import { KnownTerms } from './known-terms.js';
import { ServerCatalog } from './server-catalog.js';
import { wantedScope } from './wanted-scope.js';

/** Connects servers, and ends their connections, for the person who asks for it. */
@Injectable()
export class ConnectionService {
  private readonly log = new Logger('Connections');

  constructor(
    private readonly em: EntityManager,
    private readonly catalog: ServerCatalog,
    private readonly terms: KnownTerms,
    private readonly clients: StoredClients,
    private readonly attempts: ConnectionAttempts,
    private readonly store: ConnectionStore,
    private readonly removal: ConnectionRemoval,
    private readonly ends: GrantEnd,
    @Inject(ConnectionListener) private readonly listener: ConnectionListener,
    private readonly calls: OAuthCalls,
    @Inject(httpConfig.KEY) private readonly http: ConfigType<typeof httpConfig>,
    @Inject(mcpConfig.KEY) private readonly mcp: ConfigType<typeof mcpConfig>,
  ) {}

  /** What there is to connect, whether the person has or not. */
  async list(accountId: string): Promise<ConnectionView[]> {
    const rows = await this.store.ofAccount(accountId);
    const byServer = new Map(rows.map((row) => [row.server, row]));
    return Promise.all(
      Array.from(this.catalog.all, async ([id, server]) => {
        const row = byServer.get(id);
        const isStale = row !== undefined && !(await isMeantBy(server, row));
        const view = toConnectionView(id, server, row);
        if (isStale) view.state = 'expired';
        return view;
      }),
    );
  }

  /**
   * Where the person is asked. An earlier attempt to connect the server is over.
   *
   * @throws ConnectionError `connection_not_found`, `connection_unavailable`
   */
  async authorize(accountId: string, id: string): Promise<AuthorizationView> {
    const server = this.catalog.get(id);
    const known = (await this.store.find(accountId, id)) ?? undefined;
    const state = this.attempts.newState();
    const abandoned = await this.attempts.abandoned(accountId, id);
    if (abandoned) await this.clients.doubt(abandoned.metadata.issuer, abandoned.client.client_id);
    const { url, pending } = await this.begin(server, known, state).catch((error: unknown) => {
      this.terms.forget(server);
      throw this.unavailable(server, accountId, error);
    });
    const expiresAt = await this.attempts.begin(accountId, id, state, pending);
    return { url, expiresAt: expiresAt.toISOString() };
  }

  /**
   * Redeems what the person has brought back, once the app of the same person says that it has the code.
   *
   * @throws ConnectionError `connection_not_found`, `connection_code_invalid`, `connection_unavailable`
   */
  async confirm(accountId: string, id: string, code: string): Promise<ConnectionView> {
    const server = this.catalog.get(id);
    const attempt = await this.attempts.takeReturned(accountId, id, code);
    if (!attempt) throw ConnectionError.codeInvalid();
    if (attempt.state === 'returned') await this.connect(server, attempt);
    if (attempt.state === 'confirming' && !(await this.attempts.outcomeOf(attempt))) {
      // As the call is answered that redeems it: an app may have sent it twice.
      throw ConnectionError.unavailable();
    }
    await this.listener.connected(accountId, id).catch((err: unknown) => {
      // It is connected all the same, and the same code may be sent again.
      this.log.error({ event: 'oauth.runs.unresumed', userId: accountId, err });
    });
    const connection = await this.store.find(accountId, id);
    return toConnectionView(id, server, connection ?? undefined);
  }

  /**
   * Forgets the tokens here first, then has the authorization server do so. Again changes nothing.
   *
   * @throws ConnectionError `connection_not_found`
   */
  async disconnect(accountId: string, id: string): Promise<void> {
    const server = this.catalog.all.get(id);
    await this.attempts.end({ accountId, server: id });
    const removed = await this.removal.remove({ accountId, server: id });
    // What a person has allowed can be ended also where no assistant uses it any more.
    if (removed) return this.ends.revoke(removed, server?.allowPrivateAddresses);
    if (!server) throw ConnectionError.notFound();
  }

  private async begin(
    server: OAuthServer,
    known: ServerConnection | undefined,
    state: string,
  ): Promise<{ url: string; pending: PendingAuthorization }> {
    const { authorization } = server;
    const oauth = this.calls.of(server.allowPrivateAddresses);
    // A connection ends where its server has gone over to another authorization server (SEP-2352).
    const terms = await this.terms.of(server, known?.state === 'expired');
    const { metadata, resource } = terms;
    if (!isNamedIssuer(authorization, metadata.issuer)) {
      throw new OAuthFailure('The server names another authorization server than the profile.');
    }
    const addresses = gatewayAddresses(this.http);
    const own = operatorClient(authorization, this.mcp);
    const client = await clientFor(metadata, own, addresses, this.clients, oauth);
    const begun = {
      metadata: keptMetadata(metadata),
      client,
      resource,
      scope: wantedScope(authorization, terms, known),
      redirectUri: addresses.redirectUri,
    };
    const { url, codeVerifier } = await beginAuthorization(begun, state);
    return { url, pending: { ...begun, codeVerifier } };
  }

  private async connect(server: OAuthServer, attempt: OpenAttempt): Promise<void> {
    const { accountId, server: id } = attempt;
    const { pending, answer } = attempt.stored;
    if (!pending || !answer) throw ConnectionError.codeInvalid();
    const oauth = this.calls.of(server.allowPrivateAddresses);
    const tokens = await redeemCode(pending, answer, oauth).catch(async (error: unknown) => {
      await this.attempts.end(attempt);
      // Of a code, which may be made up, nothing follows for the client of all.
      if (asOAuthFailure(error).lost === 'client') {
        await this.clients.forget(pending.metadata.issuer, pending.client.client_id);
      }
      throw this.unavailable(server, accountId, error);
    });
    const { metadata, client, resource } = pending;
    const { accessToken, refreshToken, scope, lifetimeMs } = tokens;
    const grant = {
      metadata,
      client,
      resource,
      accessToken,
      ...(refreshToken && { refreshToken }),
    };
    const connection = Object.assign(new ServerConnection(), {
      id: v7(),
      accountId,
      server: id,
      profileId: server.profileId,
      serverName: server.serverName,
      issuer: metadata.issuer,
      resource,
      scope: scope ?? pending.scope ?? '',
      missingScope: null,
      state: 'connected' as const,
      sealedGrant: '',
      version: 1,
      connectedAt: new Date(),
      usedAt: null,
      ...tokenTimes(lifetimeMs),
      leaseId: null,
      leaseUntil: null,
      orphanedAt: null,
    });
    connection.sealedGrant = this.store.seal(connection.id, grant);
    const { allowPrivateAddresses } = server;
    const kept = await this.keep(attempt, connection).catch(async (error: unknown) => {
      // The code is used: what has come of it is of no use without a row.
      await this.ends.revoke(connection, allowPrivateAddresses);
      await this.attempts.end(attempt);
      throw error;
    });
    if (!kept.isKept) {
      await this.ends.revoke(connection, allowPrivateAddresses);
      throw ConnectionError.codeInvalid();
    }
    if (kept.replaced) await this.ends.revoke(kept.replaced, allowPrivateAddresses);
  }

  private keep(attempt: OpenAttempt, connection: ServerConnection) {
    return this.em.fork().transactional(async (em) => {
      // Not for a person who has given up meanwhile, or begun anew.
      if (!(await this.attempts.confirm(em, attempt))) return { isKept: false };
      return { isKept: true, replaced: await this.store.put(em, connection) };
    });
  }

  private unavailable(
    { profileId, serverName: server }: OAuthServer,
    accountId: string,
    error: unknown,
  ): ConnectionError {
    const { reason } = asOAuthFailure(error);
    this.log.warn({ event: 'oauth.failed', userId: accountId, profileId, server, reason });
    return ConnectionError.unavailable();
  }
}
