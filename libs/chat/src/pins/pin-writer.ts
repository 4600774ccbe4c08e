import { McpConnections, type McpTool, UserFiles } from '@app/mcp';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { chatConfig } from '../chat.config.js';
import { ProfileCatalog } from '../profiles/profile-catalog.js';
import { targetOf } from '../profiles/profile-target.js';
import type { Profile } from '../profiles/profile.js';
import { pinsPath } from './read-pins.js';

/** How long the servers of a profile may take to tell of their tools. Milliseconds. */
const LONGEST_LISTING_MS = 60_000;

/** What has been written. */
export interface WrittenPins {
  readonly path: string;
  readonly tools: readonly string[];
  /** Tools that the profile allows, and its servers do not have. */
  readonly missing: readonly string[];
}

/** Writes down what the tools of a profile are now, for a person to review. */
@Injectable()
export class PinWriter {
  constructor(
    private readonly mcp: McpConnections,
    private readonly files: UserFiles,
    private readonly profiles: ProfileCatalog,
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
  ) {}

  /** @throws ChatError `profile_not_found` @throws McpError if a server cannot be asked: then nothing is written */
  async pin(profileId: string): Promise<WrittenPins> {
    const profile = this.profiles.get(profileId);
    // Of no account: what a server makes for a user is removed again.
    const userId = randomUUID();
    try {
      const found = await this.toolsOf(profile, userId);
      const path = pinsPath(this.config.profilesDir, profileId);
      await writeFile(path, `${JSON.stringify({ tools: Object.fromEntries(found) }, null, 2)}\n`);
      const tools = found.map(([name]) => name);
      const allowed = Object.values(profile.allowedTools).flat();
      return { path, tools, missing: allowed.filter((name) => !tools.includes(name)) };
    } finally {
      await this.mcp.closeUser(userId);
      await this.files.erase(userId);
    }
  }

  /** In the order of their names: a diff shows what has changed. */
  private async toolsOf(profile: Profile, userId: string): Promise<[string, object][]> {
    const signal = AbortSignal.timeout(LONGEST_LISTING_MS);
    const lists = await Promise.all(
      profile.servers.map(async (server) => {
        const tools = await this.mcp.listTools(targetOf(profile, server, userId), { signal });
        const allowed = profile.allowedTools[server.name] ?? [];
        return tools
          .filter(({ name }) => allowed.includes(name))
          .map((tool): [string, object] => [tool.name, entryOf(server.name, tool)]);
      }),
    );
    return lists.flat().sort(([one], [other]) => (one < other ? -1 : 1));
  }
}

/** The digest is what counts. The rest is there to be read. */
function entryOf(server: string, { digest, title, description, hints, inputSchema }: McpTool) {
  return { server, sha256: digest, title, description, hints, inputSchema };
}
