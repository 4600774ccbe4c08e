import type { McpPrompt, McpTool } from '@app/mcp';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { writeFile } from 'node:fs/promises';
import { chatConfig } from '../chat.config.js';
import { ProfileCatalog } from '../profiles/profile-catalog.js';
import { commandNames, type Profile } from '../profiles/profile.js';
import { pinsPath } from '../profiles/read-pins.js';
import { ServedDefinitions } from './served-definitions.js';

/** What has been written. */
export interface WrittenPins {
  readonly path: string;
  /** Prompts, too. */
  readonly tools: readonly string[];
  /** Tools and prompts that the profile allows, and its servers do not have. */
  readonly missing: readonly string[];
}

/** Writes down what the tools of a profile are now, for a person to review. */
@Injectable()
export class PinWriter {
  constructor(
    private readonly served: ServedDefinitions,
    private readonly profiles: ProfileCatalog,
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
  ) {}

  /** @throws ChatError `profile_not_found` @throws McpError if a server cannot be asked: then nothing is written */
  async pin(profileId: string): Promise<WrittenPins> {
    return this.pinTools(this.profiles.get(profileId));
  }

  /** Also of a profile that is not served yet. @throws McpError if a server cannot be asked: then nothing is written */
  async pinTools(profile: Profile): Promise<WrittenPins> {
    const served = await this.served.of(profile);
    const found = served.tools.map(({ server, definition }): [string, object] => [
      definition.name,
      entryOf(server, definition),
    ]);
    const prompts = served.prompts.map(({ server, definition }): [string, object] => [
      definition.name,
      promptEntryOf(server, definition),
    ]);
    const path = pinsPath(this.config.profilesDir, profile.id);
    const pins = {
      tools: Object.fromEntries(found),
      ...(prompts.length > 0 && { prompts: Object.fromEntries(prompts) }),
    };
    await writeFile(path, `${JSON.stringify(pins, null, 2)}\n`);
    const tools = [...found, ...prompts].map(([name]) => name);
    const allowed = commandNames(profile);
    return { path, tools, missing: allowed.filter((name) => !tools.includes(name)) };
  }
}

function promptEntryOf(
  server: string,
  { digest, title, description, arguments: given }: McpPrompt,
): object {
  return { server, sha256: digest, title, description, arguments: given };
}

/** The digest is what counts. The rest is there to be read. */
function entryOf(server: string, { digest, title, description, hints, inputSchema }: McpTool) {
  return { server, sha256: digest, title, description, hints, inputSchema };
}
