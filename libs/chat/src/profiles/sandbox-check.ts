import { SandboxTools } from '@app/mcp';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ProfileCatalog } from './profile-catalog.js';

/** Tells at the start which servers will not be, as they cannot be confined here as their profile says. */
@Injectable()
export class SandboxCheck implements OnApplicationBootstrap {
  private readonly log = new Logger(SandboxCheck.name);

  constructor(
    private readonly profiles: ProfileCatalog,
    private readonly tools: SandboxTools,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    for (const { id: profileId, servers } of this.profiles.all) {
      for (const server of servers) {
        const sandbox = server.transport === 'stdio' ? server.sandbox : undefined;
        const reason = sandbox && (await this.tools.missing(sandbox));
        if (reason === undefined) continue;
        this.log.error({
          event: 'chat.profile.unconfined',
          profileId,
          server: server.name,
          reason,
        });
      }
    }
  }
}
