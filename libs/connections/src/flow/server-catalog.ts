import { ConfigurationError } from '@app/config';
import { mcpConfig } from '@app/mcp';
import { httpConfig } from '@app/security';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { ConnectionError } from '../connection.error.js';
import { connectionIdOf } from '../connection-id.js';
import { operatorClient } from '../oauth/operator-client.js';
import { type OAuthServer, OAuthServers } from '../oauth-servers.js';

/** The servers to connect, by the ids that phones know. Assistants change while the process runs, so none is kept here. */
@Injectable()
export class ServerCatalog implements OnModuleInit {
  constructor(
    @Inject(OAuthServers) private readonly servers: OAuthServers,
    @Inject(httpConfig.KEY) private readonly http: ConfigType<typeof httpConfig>,
    @Inject(mcpConfig.KEY) private readonly mcp: ConfigType<typeof mcpConfig>,
  ) {}

  /** @throws ConfigurationError if people could not connect one of those that the process starts with */
  onModuleInit(): void {
    for (const server of this.servers.list()) this.assertUsable(server);
  }

  get all(): ReadonlyMap<string, OAuthServer> {
    return new Map(
      this.servers
        .list()
        .map((server) => [connectionIdOf(server.profileId, server.serverName), server]),
    );
  }

  /** @throws ConnectionError `connection_not_found` */
  get(id: string): OAuthServer {
    const server = this.all.get(id);
    if (!server) throw ConnectionError.notFound();
    return server;
  }

  private assertUsable({ profileId, serverName, url, authorization }: OAuthServer): void {
    const subject = `Invalid profile ${profileId}.json: the server ${serverName}`;
    if (!this.mcp.allowsLoopback) {
      if (!this.http.publicUrl?.startsWith('https:')) {
        throw new ConfigurationError(`${subject} needs a PUBLIC_URL with https to return to`);
      }
      if (!url.startsWith('https:')) throw new ConfigurationError(`${subject} needs https`);
    }
    try {
      operatorClient(authorization, this.mcp);
    } catch {
      const { clientSecret = '' } = authorization;
      throw new ConfigurationError(`${subject} needs ${clientSecret.slice(5, -1)}`);
    }
  }
}
