import { McpConnections, type McpPrompt, McpPrompts, type McpTool, UserFiles } from '@app/mcp';
import { Injectable } from '@nestjs/common';
import { targetOf } from '../profiles/profile-target.js';
import type { Profile } from '../profiles/profile.js';

/** How long the servers of a profile may take to tell of their tools. Milliseconds. */
export const LONGEST_LISTING_MS = 60_000;

interface Served<Definition> {
  readonly server: string;
  readonly definition: Definition;
}

/** What the servers of a profile tell now of the tools and prompts that it allows, in the order of their names. */
export interface ServedOfProfile {
  readonly tools: readonly Served<McpTool>[];
  readonly prompts: readonly Served<McpPrompt>[];
}

/** Asks the servers of a profile, for commands of operators. */
@Injectable()
export class ServedDefinitions {
  constructor(
    private readonly mcp: McpConnections,
    private readonly mcpPrompts: McpPrompts,
    private readonly files: UserFiles,
  ) {}

  /** @throws McpError if a server cannot be asked */
  of(profile: Profile): Promise<ServedOfProfile> {
    return this.files.asTrialUser(async (accountId) => {
      const tools = await this.toolsOf(profile, accountId);
      return { tools, prompts: await this.promptsOf(profile, accountId) };
    });
  }

  private async toolsOf(profile: Profile, accountId: string): Promise<Served<McpTool>[]> {
    const signal = AbortSignal.timeout(LONGEST_LISTING_MS);
    const lists = await Promise.all(
      profile.servers.map(async (server) => {
        const tools = await this.mcp.listTools(targetOf(profile, server, accountId), { signal });
        return allowedOf(tools, server.name, profile.allowedTools);
      }),
    );
    return byName(lists.flat());
  }

  private async promptsOf(profile: Profile, accountId: string): Promise<Served<McpPrompt>[]> {
    const signal = AbortSignal.timeout(LONGEST_LISTING_MS);
    const { allowedPrompts = {} } = profile;
    const lists = await Promise.all(
      profile.servers
        .filter(({ name }) => (allowedPrompts[name] ?? []).length > 0)
        .map(async (server) => {
          const target = targetOf(profile, server, accountId);
          const prompts = await this.mcpPrompts.list(target, { signal });
          return allowedOf(prompts, server.name, allowedPrompts);
        }),
    );
    return byName(lists.flat());
  }
}

function allowedOf<Definition extends { readonly name: string }>(
  definitions: readonly Definition[],
  server: string,
  allowed: Readonly<Record<string, readonly string[]>>,
): Served<Definition>[] {
  const names = allowed[server] ?? [];
  return definitions
    .filter(({ name }) => names.includes(name))
    .map((definition) => ({ server, definition }));
}

/** A diff shows what has changed. */
function byName<Definition extends { readonly name: string }>(
  all: Served<Definition>[],
): Served<Definition>[] {
  return all.sort((one, other) => (one.definition.name < other.definition.name ? -1 : 1));
}
