import type { BuiltInMcpServers } from '@app/mcp';
import { PersonalToolsServers } from '@app/personal-tools';
import { StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { personalToolsLinkConfig } from './personal-tools-link.config.js';

const NAME = 'personal-tools';

/**
 * Connects profiles to our own tools: in this process, or over HTTP where they run as their own. Either way the
 * user is named by us and authenticated by the gateway's own secret; the user's token stays here.
 */
@Injectable()
export class PersonalToolsLink implements BuiltInMcpServers {
  constructor(
    @Inject(PersonalToolsServers) private readonly inProcess: PersonalToolsServers,
    @Inject(personalToolsLinkConfig.KEY)
    private readonly config: ConfigType<typeof personalToolsLinkConfig>,
  ) {}

  has(name: string): boolean {
    return name === NAME;
  }

  async connect(_name: string, userId: string): Promise<Transport> {
    const { remote } = this.config;
    if (!remote) return this.inProcess.connect(userId);
    return new StreamableHTTPClientTransport(new URL(remote.url), {
      requestInit: {
        headers: { Authorization: `Bearer ${remote.token}`, 'X-Gateway-User': userId },
        redirect: 'error',
      },
    });
  }
}
