import { BuiltInMcpServers } from '@app/mcp';
import { ModelCatalog } from '@app/models';
import { SwitchBoard } from '@app/switches';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { chatConfig } from '../chat.config.js';
import { ChatError } from '../chat.error.js';
import type { LanguageChoice } from './language-choice.js';
import { modelChain } from './model-chain.js';
import type { Profile } from './profile.js';
import { languagesOf, textsIn } from './profile-texts.js';
import { type ProfileView, toProfileView } from './profile.view.js';
import { SwitchedParts } from '../switches/switched-parts.js';
import { type ProfileSource, sourceOf } from './profile-source.js';
import { type PinsFile, readPins } from './read-pins.js';
import { type KnownNames, readProfile, readProfileFiles, readProfiles } from './read-profiles.js';

/** The assistants that this process offers, as the versions in force describe them: at the start those of the files. */
@Injectable()
export class ProfileCatalog {
  private readonly known: KnownNames;
  private served: ReadonlyMap<string, Profile> = new Map();
  /** Of each version that a run may work with. */
  private readonly pinsOfProfiles = new WeakMap<Profile, PinsFile>();
  /** As they have been told: of each assistant one for each language, with and without a model, on and off. */
  private readonly views = new Map<string, ProfileView>();

  constructor(
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
    @Inject(BuiltInMcpServers) builtIn: BuiltInMcpServers,
    private readonly models: ModelCatalog,
    private readonly board: SwitchBoard,
    private readonly switches: SwitchedParts,
  ) {
    this.known = {
      isBuiltIn: (name: string) => builtIn.has(name),
      isModel: (name: string) => models.isKnown(name),
      activeModel: (name: string) => models.find(name),
    };
    this.serve([...this.readFiles().values()]);
  }

  /**
   * What the files say now, by the ids of their assistants.
   *
   * @throws ConfigurationError which names the file and the reason; nothing changes
   */
  readFiles(): Map<string, ProfileSource> {
    const { profilesDir } = this.config;
    const files = readProfileFiles(profilesDir);
    const profiles = readProfiles(files, this.known);
    return new Map(
      profiles.map(({ id }, at) => {
        const { file, value } = files[at]!;
        return [id, sourceOf(file, value, readPins(profilesDir, id))];
      }),
    );
  }

  /**
   * Offers these from now on, and no others. What has begun goes on with the version that it began with.
   *
   * @throws ConfigurationError for what this process cannot offer; nothing changes
   */
  serve(sources: readonly ProfileSource[]): void {
    const profiles = readProfiles(sources, this.known);
    const { servesDevelopmentProfiles, profileSwitches } = this.config;
    const offered = profiles.filter(
      ({ active, developmentOnly, enabledBy }) =>
        active &&
        (servesDevelopmentProfiles || !developmentOnly) &&
        (!enabledBy || profileSwitches[enabledBy]),
    );
    for (const [at, { pins }] of sources.entries()) {
      if (pins) this.pinsOfProfiles.set(profiles[at]!, pins);
    }
    this.served = new Map(offered.map((profile) => [profile.id, profile]));
    this.views.clear();
    declareParts(this.board, offered);
  }

  /** What a person has reviewed of its tools, with that version; undefined for an assistant without pins. */
  pinsOf(profile: Profile): PinsFile | undefined {
    return this.pinsOfProfiles.get(profile);
  }

  /** As the versions in force describe them. */
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

  /** A profile that is to be served from the next start on. @throws ConfigurationError for one that would stop it */
  read(value: unknown, file: string): Profile {
    return readProfile(value, file, this.known);
  }

  private view(profile: Profile, languages: LanguageChoice): ProfileView {
    const language = languages.among(languagesOf(profile));
    const hasModel = modelChain(this.models, profile).length > 0;
    const isActive = this.switches.isOffered(profile.id);
    const key = `${profile.id} ${language} ${hasModel} ${isActive}`;
    const known = this.views.get(key);
    if (known) return known;
    const texts = textsIn(profile, language, hasModel);
    const view = toProfileView(profile, language, texts, isActive);
    this.views.set(key, view);
    return view;
  }
}

/** The names by which operators switch off what is here. */
function declareParts(board: SwitchBoard, profiles: readonly Profile[]): void {
  const servers = profiles.flatMap((profile) => profile.servers.map(({ name }) => name));
  const tools = profiles.flatMap(({ allowedTools }) =>
    Object.entries(allowedTools).flatMap(([server, names]) =>
      names.map((tool) => `${server}/${tool}`),
    ),
  );
  const ids = profiles.map(({ id }) => id);
  board.declare('profile', ids);
  board.declare('server', servers);
  board.declare('tool', tools);
}
