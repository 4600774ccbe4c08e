import { BuiltInMcpServers } from '@app/mcp';
import { ModelCatalog } from '@app/models';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { chatConfig } from '../chat.config.js';
import { ChatError } from '../chat.error.js';
import type { LanguageChoice } from './language-choice.js';
import { modelChain } from './model-chain.js';
import type { Profile } from './profile.js';
import { languagesOf, textsIn } from './profile-texts.js';
import { type ProfileView, toProfileView } from './profile.view.js';
import { readProfiles } from './read-profiles.js';

/** The assistants that this process offers: read at the start, the same until it ends. */
@Injectable()
export class ProfileCatalog {
  private readonly served: ReadonlyMap<string, Profile>;
  /** As they have been told: of each assistant one for each language, with and without a model. */
  private readonly views = new Map<string, ProfileView>();

  constructor(
    @Inject(chatConfig.KEY) config: ConfigType<typeof chatConfig>,
    @Inject(BuiltInMcpServers) builtIn: BuiltInMcpServers,
    private readonly models: ModelCatalog,
  ) {
    const known = {
      isBuiltIn: (name: string) => builtIn.has(name),
      isModel: (name: string) => models.isKnown(name),
      activeModel: (name: string) => models.find(name),
    };
    const profiles = readProfiles(config.profilesDir, known).filter(
      ({ active, developmentOnly, enabledBy }) =>
        active &&
        (config.servesDevelopmentProfiles || !developmentOnly) &&
        (!enabledBy || config.profileSwitches[enabledBy]),
    );
    this.served = new Map(profiles.map((profile) => [profile.id, profile]));
  }

  /** As their files describe them. */
  get all(): Iterable<Profile> {
    return this.served.values();
  }

  list(languages: LanguageChoice): readonly ProfileView[] {
    return [...this.served.values()].map((profile) => this.view(profile, languages));
  }

  /** @throws ChatError `profile_not_found` */
  describe(id: string, languages: LanguageChoice): ProfileView {
    return this.view(this.get(id), languages);
  }

  find(id: string): Profile | undefined {
    return this.served.get(id);
  }

  /** @throws ChatError `profile_not_found`, also for one that is switched off */
  get(id: string): Profile {
    const profile = this.served.get(id);
    if (!profile) throw ChatError.profileNotFound();
    return profile;
  }

  private view(profile: Profile, languages: LanguageChoice): ProfileView {
    const language = languages.among(languagesOf(profile));
    const hasModel = modelChain(this.models, profile).length > 0;
    const key = `${profile.id} ${language} ${hasModel}`;
    const known = this.views.get(key);
    if (known) return known;
    const view = toProfileView(profile, language, textsIn(profile, language, hasModel));
    this.views.set(key, view);
    return view;
  }
}
