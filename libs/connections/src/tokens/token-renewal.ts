import { McpError } from '@app/mcp';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';
import { v7 } from 'uuid';
import { StoredClients } from '../clients/stored-clients.js';
import { refreshGrant } from '../oauth/authorization-code.js';
import { isReplaceable } from '../oauth/client-identity.js';
import type { Grant, IssuedTokens, OAuthClient } from '../oauth/grant.js';
import { asOAuthFailure } from '../oauth/oauth-failure.js';
import type { OAuthFetch } from '../oauth/oauth-fetch.js';
import { revokeGrant } from '../oauth/revocation.js';
import { factsOf } from '../store/connection-facts.js';
import { ConnectionStore, LEASE_MS, type RenewedTokens } from '../store/connection-store.js';
import { PendingRevocations } from '../store/pending-revocations.js';
import type { ServerConnection } from '../store/server-connection.entity.js';
import { tokenTimes } from './token-times.js';

/** How long the renewal of another process is waited for, and how often it is looked for. Milliseconds. */
const WAIT_MS = 15_000;
const POLL_MS = 50;

/** After a renewal that may succeed later, and after one that needs the operator. Milliseconds. */
const PAUSE_MS = 2_000;
const LONG_PAUSE_MS = 60_000;

/** Between two attempts to store what was issued. Milliseconds. */
const WRITE_PAUSE_MS = 500;

/** From its lease to its request, a renewal may take as long: another process may begin one afterwards. Milliseconds. */
const LATEST_REQUEST_MS = 10_000;

type RenewableGrant = Grant & { readonly refreshToken: string };

/** Which token is wanted. */
export interface WantedToken {
  /** One that the server has refused. */
  readonly refused?: string;
  /** As which client, where its operator has given it another secret since. */
  readonly client: OAuthClient | undefined;
  /** How its authorization server is asked. */
  readonly oauth: OAuthFetch;
}

/**
 * Renews tokens ahead of their end. A refresh token that is replaced with each use may be used once: by a lease in the
 * row of the connection, one process at a time does so, and the others take what it has got.
 */
@Injectable()
export class TokenRenewal implements BeforeApplicationShutdown {
  private readonly log = new Logger('Connections');
  /** Of calls of this process at the same time, one asks the database. */
  private readonly running = new Map<string, Promise<string>>();

  private readonly background = new Set<Promise<unknown>>();

  constructor(
    private readonly store: ConnectionStore,
    private readonly clients: StoredClients,
    private readonly pending: PendingRevocations,
  ) {}

  /** A refresh token that has been used is lost unless the one that replaces it is stored. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.background);
  }

  /** @throws McpError `mcp_authorization_required`, `mcp_unavailable` */
  token(id: string, server: string, wanted: WantedToken): Promise<string> {
    const key = `${id} ${wanted.refused ?? ''}`;
    const token = this.running.get(key) ?? this.find(id, server, wanted);
    if (!this.running.has(key)) {
      this.running.set(key, token);
      void token.catch(() => undefined).finally(() => this.running.delete(key));
    }
    return token;
  }

  private async find(id: string, server: string, wanted: WantedToken): Promise<string> {
    const until = performance.now() + WAIT_MS;
    for (;;) {
      const connection = await this.store.get(id);
      if (!connection || connection.state === 'expired') throw authorizationRequired(server);
      const grant = this.store.readableGrant(connection);
      if (!grant) {
        // Sealed under another pepper.
        await this.store.expire(connection);
        throw authorizationRequired(server);
      }
      const isRefused = grant.accessToken === wanted.refused;
      if (!isRefused && isBefore(connection.renewAt)) return grant.accessToken;
      const isUsable = !isRefused && isBefore(connection.expiresAt);
      const { refreshToken } = grant;
      if (refreshToken === undefined) {
        if (isUsable) return grant.accessToken;
        await this.store.expire(connection);
        throw authorizationRequired(server);
      }
      const leaseId = await this.store.lease(connection);
      if (leaseId !== undefined) {
        const renewing = this.renew(connection, { ...grant, refreshToken }, leaseId, wanted);
        if (!isUsable) return renewing;
        this.inBackground(renewing);
      }
      if (isUsable) return grant.accessToken;
      if (isPaused(connection) || performance.now() > until) throw new McpError('mcp_unavailable');
      await setTimeout(POLL_MS);
    }
  }

  /** Its failures are in the log. A call with a token that is still valid does not wait for it. */
  private inBackground(renewing: Promise<string>): void {
    const done = renewing.catch(() => undefined).finally(() => this.background.delete(done));
    this.background.add(done);
  }

  private async renew(
    connection: ServerConnection,
    grant: RenewableGrant,
    leaseId: string,
    { client: own, oauth }: WantedToken,
  ): Promise<string> {
    const isOwn = own?.client_id === grant.client.client_id;
    const current = isOwn ? { ...grant, client: own! } : grant;
    const leasedAt = performance.now();
    const { accountId, server } = connection;
    let issued: IssuedTokens;
    try {
      if (!(await this.store.isActive(accountId))) throw authorizationRequired(server);
      // A process that has slept meanwhile may have lost its lease.
      if (performance.now() - leasedAt > LATEST_REQUEST_MS) throw new McpError('mcp_unavailable');
      issued = await refreshGrant(current, grant.refreshToken, oauth);
    } catch (error) {
      throw await this.fail(connection, leaseId, error, isReplaceable(current.client, own));
    }
    const { accessToken, refreshToken = grant.refreshToken, lifetimeMs } = issued;
    const renewed = { ...current, accessToken, refreshToken };
    const scope = issued.scope ?? connection.scope;
    const tokens = { grant: renewed, scope, ...tokenTimes(lifetimeMs) };
    if (await this.isKept(connection, leaseId, tokens, leasedAt)) return accessToken;
    // The person has removed the connection meanwhile: what has come of it has to go as well.
    await this.revoke(connection, renewed, oauth);
    throw authorizationRequired(server);
  }

  /** It is pending before the attempt, so that no crash loses it. Under an id of its own: that of the row has the old one. */
  private async revoke(
    connection: ServerConnection,
    grant: Grant,
    oauth: OAuthFetch,
  ): Promise<void> {
    const id = v7();
    const { server } = connection;
    const sealedGrant = this.store.seal(id, grant);
    await this.pending.keep({ id, server, sealedGrant }).catch((err: unknown) => {
      this.log.warn({ event: 'oauth.unrevoked', ...factsOf(connection), err });
    });
    const failure = await revokeGrant(grant, oauth);
    // What is not forgotten is told twice, which does no harm.
    if (!failure || failure.isFinal) await this.pending.forget(id).catch(() => undefined);
  }

  /**
   * The new refresh token is the only one that is valid: while the database takes no writes, they are repeated as long as
   * the lease lasts. False if the connection has been removed.
   */
  private async isKept(
    connection: ServerConnection,
    leaseId: string,
    tokens: RenewedTokens,
    leasedAt: number,
  ): Promise<boolean> {
    for (;;) {
      try {
        if (await this.store.renew(connection, leaseId, tokens)) {
          this.log.debug({ event: 'oauth.token.renewed', ...factsOf(connection) });
          return true;
        }
        // A write whose answer was lost has happened, or another renewal has begun: neither ends anything.
        return (await this.store.get(connection.id)) !== null;
      } catch (err) {
        if (performance.now() - leasedAt > LEASE_MS) {
          this.log.error({ event: 'oauth.token.unkept', ...factsOf(connection), err });
          return true;
        }
        await setTimeout(WRITE_PAUSE_MS);
      }
    }
  }

  /** What the caller is told. */
  private async fail(
    connection: ServerConnection,
    leaseId: string,
    error: unknown,
    isReplaceableClient: boolean,
  ): Promise<McpError> {
    if (error instanceof McpError) {
      await this.store.release(connection, leaseId, 0);
      return error;
    }
    const { reason, lost } = asOAuthFailure(error);
    const isOver = !isBefore(connection.expiresAt);
    const { issuer } = connection;
    if (lost === 'client' && isReplaceableClient) {
      // A refresh token is of its client: the person connects the server again, as another one.
      const { client } = this.store.grantOf(connection);
      await this.clients.forget(issuer, client.client_id);
      return this.end(connection, leaseId, reason);
    }
    if (lost === 'grant' || (lost === 'unclear' && isOver)) {
      return this.end(connection, leaseId, reason);
    }
    if (lost === 'client') {
      this.log.error({ event: 'oauth.client.refused', ...factsOf(connection), reason });
    } else {
      this.log.warn({ event: 'oauth.renewal.failed', ...factsOf(connection), reason });
    }
    await this.store.release(connection, leaseId, lost === undefined ? PAUSE_MS : LONG_PAUSE_MS);
    return new McpError('mcp_unavailable');
  }

  private async end(
    connection: ServerConnection,
    leaseId: string,
    reason: string,
  ): Promise<McpError> {
    // Not what a renewal after this one may have got.
    if (!(await this.store.expire(connection, leaseId))) return new McpError('mcp_unavailable');
    this.log.warn({ event: 'oauth.grant.ended', ...factsOf(connection), reason });
    return authorizationRequired(connection.server);
  }
}

export function authorizationRequired(server: string): McpError {
  return new McpError('mcp_authorization_required', undefined, { connectionId: server });
}

function isBefore(moment: Date | null | undefined): boolean {
  return !moment || Date.now() < moment.getTime();
}

/** No renewal goes on, and none begins soon: there is nothing to wait for. The clock of the database is near enough. */
function isPaused({ leaseId, leaseUntil }: ServerConnection): boolean {
  return leaseId === null && !!leaseUntil && leaseUntil.getTime() - Date.now() > PAUSE_MS;
}
