import { SecretBoxService } from '@app/auth';
import { EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import type { RegisteredClients, Registration } from '../oauth/client-identity.js';
import type { OAuthClient } from '../oauth/grant.js';
import { RegisteredClient } from './registered-client.entity.js';

/** After which another client is registered in the place of one: what people have allowed goes on with theirs. Milliseconds. */
const CLIENT_LIFE_MS = 90 * 86_400_000;

/** A client of that age may have been forgotten by its authorization server. Milliseconds. */
const DOUBTED_MS = 86_400_000;

/** Most clients that are kept: servers choose their authorization servers, and could name ever more. */
const MAX_CLIENTS = 1_000;

/** The clients that authorization servers have registered, for all instances. */
@Injectable()
export class StoredClients implements RegisteredClients {
  /** However many people are the first ones at once, one client is registered. */
  private readonly registering = new Map<string, Promise<OAuthClient>>();

  constructor(
    private readonly em: EntityManager,
    private readonly box: SecretBoxService,
  ) {}

  get(
    issuer: string,
    redirectUri: string,
    register: () => Promise<Registration>,
  ): Promise<OAuthClient> {
    const key = contextOf(issuer, redirectUri);
    const running = this.registering.get(key);
    if (running) return running;
    const found = this.findOrRegister(issuer, redirectUri, register);
    this.registering.set(key, found);
    const end = () => this.registering.delete(key);
    found.then(end, end);
    return found;
  }

  /** The authorization server knows it no longer: the next person gets another one. */
  async forget(issuer: string, clientId: string): Promise<void> {
    const rows = await this.em.fork().find(RegisteredClient, { issuer });
    const known = rows.filter((row) => this.opened(row)?.client_id === clientId);
    for (const { redirectUri, sealedClient } of known) {
      await this.em.fork().nativeDelete(RegisteredClient, { issuer, redirectUri, sealedClient });
    }
  }

  /**
   * Called when a person does not return from the authorization server and begins again. A server that has deleted the
   * client shows an error to the person and sends nothing to the gateway. So a client that is older than a day is forgotten.
   */
  async doubt(issuer: string, clientId: string): Promise<void> {
    const createdAt = { $lt: new Date(Date.now() - DOUBTED_MS) };
    const old = await this.em.fork().count(RegisteredClient, { issuer, createdAt });
    if (old > 0) await this.forget(issuer, clientId);
  }

  /** Deletes clients of which another one may be registered at any time. */
  async forgetOld(): Promise<void> {
    const em = this.em.fork();
    const createdAt = { $lt: new Date(Date.now() - CLIENT_LIFE_MS) };
    await em.nativeDelete(RegisteredClient, {
      $or: [{ createdAt }, { expiresAt: { $lt: new Date() } }],
    });
    const [last] = await em.find(
      RegisteredClient,
      {},
      { orderBy: { createdAt: 'desc' }, offset: MAX_CLIENTS, limit: 1 },
    );
    if (last) await em.nativeDelete(RegisteredClient, { createdAt: { $lte: last.createdAt } });
  }

  private async findOrRegister(
    issuer: string,
    redirectUri: string,
    register: () => Promise<Registration>,
  ): Promise<OAuthClient> {
    const known = await this.find(issuer, redirectUri);
    if (known) return known;
    const { client, expiresAt } = await register();
    await this.keep(issuer, redirectUri, client, expiresAt);
    // Of two instances that register at once, the first one counts.
    return (await this.find(issuer, redirectUri)) ?? client;
  }

  private async find(issuer: string, redirectUri: string): Promise<OAuthClient | undefined> {
    const found = await this.em.fork().findOne(RegisteredClient, { issuer, redirectUri });
    if (!found || (found.expiresAt && found.expiresAt.getTime() < Date.now())) return undefined;
    const client = this.opened(found);
    // Sealed under another pepper: another client is registered in its place.
    if (!client) await this.em.fork().nativeDelete(RegisteredClient, { issuer, redirectUri });
    return client;
  }

  private async keep(
    issuer: string,
    redirectUri: string,
    client: OAuthClient,
    expiresAt: Date | null,
  ): Promise<void> {
    const em = this.em.fork();
    const context = contextOf(issuer, redirectUri);
    const sealedClient = this.box.seal('oauth-client', context, JSON.stringify(client));
    await em.nativeDelete(RegisteredClient, {
      issuer,
      redirectUri,
      expiresAt: { $lt: new Date() },
    });
    const row = { issuer, redirectUri, sealedClient, createdAt: new Date(), expiresAt };
    await em.insert(RegisteredClient, row).catch((error: unknown) => {
      if (!(error instanceof UniqueConstraintViolationException)) throw error;
    });
  }

  private opened({ issuer, redirectUri, sealedClient }: RegisteredClient): OAuthClient | undefined {
    try {
      const text = this.box.open('oauth-client', contextOf(issuer, redirectUri), sealedClient);
      return JSON.parse(text) as OAuthClient;
    } catch {
      return undefined;
    }
  }
}

function contextOf(issuer: string, redirectUri: string): string {
  return JSON.stringify([issuer, redirectUri]);
}
