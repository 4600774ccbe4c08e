import { type McpAuthorization, McpConnections, McpError, type McpTarget } from '@app/mcp';
import { insertRow } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import { discoverOAuthServerInfo } from '@modelcontextprotocol/client';
import type { INestApplicationContext } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { connectionIdOf } from '../../libs/connections/src/connection-id.ts';
import { ConnectionService } from '../../libs/connections/src/flow/connection.service.ts';
import { ReturnService } from '../../libs/connections/src/flow/return.service.ts';
import { ServerCatalog } from '../../libs/connections/src/flow/server-catalog.ts';
import { ScenarioServers } from './driver.module.ts';
import type { Scenario } from './scenarios.ts';

/** How often a person connects a server before they give up. */
const MOST_ATTEMPTS = 3;

/** The document that this scenario expects a client to name. The gateway names its own, unless its operator says otherwise. */
const CLIENT_OF: Readonly<Record<string, string>> = {
  'auth/basic-cimd': 'https://conformance-test.local/client-metadata.json',
};

/** As an operator finds it out who registers a client there. */
async function issuerOf(url: string): Promise<string> {
  return (await discoverOAuthServerInfo(url)).authorizationServerMetadata!.issuer;
}

/** One with an account, an app and a browser. Allows all that they are asked for. */
export class Person {
  readonly connections: McpConnections;

  private constructor(
    readonly target: McpTarget,
    private readonly app: INestApplicationContext,
  ) {
    this.connections = app.get(McpConnections);
  }

  static async of({ name, url, context }: Scenario, app: INestApplicationContext): Promise<Person> {
    const userId = randomUUID();
    const profileId = randomUUID();
    await insertRow(app.get(EntityManager).fork(), 'accounts', {
      id: userId,
      username: userId,
      username_key: userId,
      password_hash: '-',
      role: 'user',
      created_at: new Date(),
    });
    const clientId = context.client_id ?? CLIENT_OF[name];
    const authorization: McpAuthorization = {
      type: 'oauth',
      ...(clientId !== undefined && { clientId, issuer: await issuerOf(url) }),
      ...(context.client_secret !== undefined && { clientSecret: context.client_secret }),
    };
    const isAuthorized = name.startsWith('auth/');
    const server = {
      name: 'server',
      transport: 'http' as const,
      url,
      ...(isAuthorized && { authorization }),
    };
    if (isAuthorized) {
      const offered = { profileId, serverName: 'server', url, title: name, authorization };
      app.get(ScenarioServers).all.push({ ...offered, allowPrivateAddresses: undefined });
      app.get(ServerCatalog, { strict: false }).onModuleInit();
    }
    return new Person({ profileId, server, isolation: 'per-user', accountId: userId }, app);
  }

  /** Connects the server where it asks for that, and does it again. */
  async does<T>(work: () => Promise<T>): Promise<T> {
    for (let attempts = 0; ; attempts += 1) {
      try {
        return await work();
      } catch (error) {
        const isAsked = error instanceof McpError && error.code === 'mcp_authorization_required';
        if (!isAsked || attempts === MOST_ATTEMPTS) throw error;
      }
      await this.connect();
    }
  }

  private async connect(): Promise<void> {
    const { accountId: userId, profileId } = this.target;
    const service = this.app.get(ConnectionService, { strict: false });
    const id = connectionIdOf(profileId, 'server');
    const { url } = await service.authorize(userId, id);
    const answer = await fetch(url, { redirect: 'manual' });
    const code = await this.returned(new URL(answer.headers.get('location') ?? 'app:none'));
    if (code === null) throw new Error('The person has been sent back without a code.');
    await service.confirm(userId, id, code);
  }

  /** The browser brings the answer to the gateway, which opens the app. */
  private async returned({ searchParams }: URL): Promise<string | null> {
    const given = (name: string) => searchParams.get(name) ?? undefined;
    const answer = await this.app.get(ReturnService, { strict: false }).receive({
      state: given('state'),
      code: given('code'),
      iss: given('iss'),
      error: given('error'),
    });
    let opened = '';
    const reply = { redirect: (address: string) => (opened = address) };
    answer.sendTo(reply as unknown as Parameters<typeof answer.sendTo>[0]);
    return new URL(opened).searchParams.get('code');
  }
}
