import { ConfigurationError } from '@app/config';
import { McpConnections, type McpServerSpec, UserFiles } from '@app/mcp';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chatConfig } from '../chat.config.js';
import { PinWriter } from '../pins/pin-writer.js';
import { ProfileCatalog } from '../profiles/profile-catalog.js';
import type { Profile } from '../profiles/profile.js';
import { type ServerOffer, toOffer } from './server-offer.js';

/** How long a server may take to start and to tell of its tools. Seconds. */
const LONGEST_START_SECONDS = 60;

/** Writes a profile for a server. */
@Injectable()
export class ProfileAuthor {
  constructor(
    private readonly mcp: McpConnections,
    private readonly files: UserFiles,
    private readonly profiles: ProfileCatalog,
    private readonly pins: PinWriter,
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
  ) {}

  /** @throws ConfigurationError if there is a profile of that id, served or not */
  assertNew(id: string): void {
    if (existsSync(this.pathOf(id))) {
      throw new ConfigurationError(`There is a profile ${id} already.`);
    }
  }

  /** What a server offers that no profile names yet. @throws McpError */
  look(
    profileId: string,
    server: McpServerSpec,
    isolation: Profile['isolation'],
  ): Promise<ServerOffer> {
    const startSeconds = LONGEST_START_SECONDS;
    const signal = AbortSignal.timeout(LONGEST_START_SECONDS * 1000);
    return this.files.asTrialUser(async (accountId) => {
      const target = { profileId, server, isolation, accountId, startSeconds };
      const description = await this.mcp.describe(target, { signal });
      return toOffer(description, await this.mcp.listTools(target, { signal }));
    });
  }

  /**
   * Writes the profile and its pins, or neither.
   *
   * @throws ConfigurationError for a profile that the gateway would not start with
   * @throws McpError if its server cannot be asked for what is pinned
   */
  async write(draft: Profile): Promise<readonly string[]> {
    this.assertNew(draft.id);
    const profile = this.profiles.read(draft, `${draft.id}.json`);
    const { path: pins } = await this.pins.pinTools(profile);
    const path = this.pathOf(profile.id);
    try {
      await writeFile(path, `${JSON.stringify(draft, null, 2)}\n`, { flag: 'wx' });
    } catch (error) {
      await rm(pins, { force: true });
      throw error;
    }
    return [path, pins];
  }

  private pathOf(id: string): string {
    return join(this.config.profilesDir, `${id}.json`);
  }
}
