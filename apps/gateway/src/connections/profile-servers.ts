import { ProfileCatalog } from '@app/chat';
import type { OAuthServer, OAuthServers } from '@app/connections';
import { Injectable } from '@nestjs/common';

/** The servers to connect are those of the assistants that are offered. */
@Injectable()
export class ProfileServers implements OAuthServers {
  constructor(private readonly profiles: ProfileCatalog) {}

  list(): readonly OAuthServer[] {
    return Array.from(this.profiles.all).flatMap(({ id: profileId, name, servers }) =>
      servers.flatMap((server) => {
        if (server.transport !== 'http' || !server.authorization) return [];
        const { name: serverName, url, authorization, allowPrivateAddresses } = server;
        const title = authorization.title ?? name;
        return [{ profileId, serverName, url, title, authorization, allowPrivateAddresses }];
      }),
    );
  }
}
