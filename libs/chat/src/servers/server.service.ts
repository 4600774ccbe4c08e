import { McpConnections } from '@app/mcp';
import { Injectable } from '@nestjs/common';
import { ProfileCatalog } from '../profiles/profile-catalog.js';
import { SwitchedParts } from '../switches/switched-parts.js';
import { type ServerView, toServerView } from './server.view.js';

/** The servers of the assistants that are offered, as this process has met them. */
@Injectable()
export class ServerService {
  constructor(
    private readonly profiles: ProfileCatalog,
    private readonly connections: McpConnections,
    private readonly switches: SwitchedParts,
  ) {}

  list(): ServerView[] {
    return [...this.profiles.all]
      .flatMap(({ id: profileId, servers }) =>
        servers.map(({ name }) => ({ profileId, server: name })),
      )
      .toSorted((one, other) => compare(one.profileId, other.profileId))
      .map(({ profileId, server }) =>
        toServerView(
          { profileId, server, isOff: this.switches.isServerOff(server) },
          this.connections.health.of({ profileId, serverName: server }),
        ),
      );
  }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
