import { BuiltInMcpServers } from '@app/mcp';
import { ModelCatalog } from '@app/models';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { chatConfig } from '../chat.config.js';
import { ChatError } from '../chat.error.js';
import type { Profile } from './profile.js';
import { type ProfileView, toProfileView } from './profile.view.js';
import { readProfiles } from './read-profiles.js';

/** The assistants that this process offers: read at the start, the same until it ends. */
@Injectable()
export class ProfileCatalog {
  private readonly served: ReadonlyMap<string, Profile>;
  private readonly views: readonly ProfileView[];

  constructor(
    @Inject(chatConfig.KEY) config: ConfigType<typeof chatConfig>,
    @Inject(BuiltInMcpServers) builtIn: BuiltInMcpServers,
    models: ModelCatalog,
  ) {
    const known = {
      isBuiltIn: (name: string) => builtIn.has(name),
      isModel: (name: string) => models.isKnown(name),
      activeModel: (name: string) => models.find(name),
    };
    const profiles = readProfiles(config.profilesDir, known).filter(
      ({ active, developmentOnly }) =>
        active && (config.servesDevelopmentProfiles || !developmentOnly),
    );
    this.served = new Map(profiles.map((profile) => [profile.id, profile]));
    this.views = profiles.map(toProfileView);
  }

  /** As their files describe them. */
  get all(): Iterable<Profile> {
    return this.served.values();
  }

  list(): readonly ProfileView[] {
    return this.views;
  }

  /** @throws ChatError `profile_not_found`, also for one that is switched off */
  get(id: string): Profile {
    const profile = this.served.get(id);
    if (!profile) throw ChatError.profileNotFound();
    return profile;
  }
}
