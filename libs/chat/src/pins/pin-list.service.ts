import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { chatConfig } from '../chat.config.js';
import { ProfileCatalog } from '../profiles/profile-catalog.js';
import type { Profile } from '../profiles/profile.js';
import type { PinsFile, ToolPin } from '../profiles/read-pins.js';
import { type DefinitionPlace, MetDefinitions } from './met-definitions.js';
import { isAsPinned, pinOf } from './pin-comparison.js';
import {
  PIN_STATES,
  type PinOverviewView,
  type PinState,
  type PinView,
  type ProfilePinCountsView,
  type ProfilePinsView,
} from './pin.view.js';

/** Compares what was pinned with what servers tell, as far as this process has met it. */
@Injectable()
export class PinListService {
  constructor(
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
    private readonly profiles: ProfileCatalog,
    private readonly met: MetDefinitions,
  ) {}

  /** In the order of the ids of the assistants. */
  overview(): PinOverviewView {
    const profiles = [...this.profiles.all]
      .map((profile) => this.countsOf(profile))
      .toSorted((one, other) => (one.profileId < other.profileId ? -1 : 1));
    return { mode: this.config.toolPins, profiles };
  }

  /** @throws ChatError `profile_not_found` */
  show(profileId: string): ProfilePinsView {
    const profile = this.profiles.get(profileId);
    const hasPins = this.profiles.pinsOf(profile) !== undefined;
    return { profileId, mode: this.config.toolPins, hasPins, pins: this.pinsOf(profile) };
  }

  private countsOf(profile: Profile): ProfilePinCountsView {
    const states = Map.groupBy(this.pinsOf(profile), ({ state }) => state);
    const counts = PIN_STATES.map((state) => [state, states.get(state)?.length ?? 0]);
    const hasPins = this.profiles.pinsOf(profile) !== undefined;
    const ofStates = Object.fromEntries(counts) as Record<PinState, number>;
    return { profileId: profile.id, hasPins, ...ofStates };
  }

  private pinsOf(profile: Profile): PinView[] {
    const pins = this.profiles.pinsOf(profile);
    return placesOf(profile).map((place) => this.toView(place, pins));
  }

  private toView(place: DefinitionPlace, pins: PinsFile | undefined): PinView {
    const { server, kind, name } = place;
    const pin = pins && pinOf(pins, kind, name);
    const served = this.met.of(place);
    const state = stateOf(place, pin, served?.digest);
    const differs = pins !== undefined && (state === 'changed' || state === 'unpinned');
    return {
      server,
      kind,
      name,
      state,
      isWithheld: differs && this.config.toolPins === 'enforce',
      pinnedSha256: pin?.sha256 ?? null,
      servedSha256: served?.digest ?? null,
      servedAt: served?.at.toISOString() ?? null,
    };
  }
}

/** All that the profile allows, in the order of its file: tools, then prompts. */
function placesOf({ id: profileId, allowedTools, allowedPrompts = {} }: Profile) {
  const places = (allowed: Profile['allowedTools'], kind: DefinitionPlace['kind']) =>
    Object.entries(allowed).flatMap(([server, names]) =>
      names.map((name): DefinitionPlace => ({ profileId, server, kind, name })),
    );
  return [...places(allowedTools, 'tool'), ...places(allowedPrompts, 'prompt')];
}

function stateOf(
  { server }: DefinitionPlace,
  pin: ToolPin | undefined,
  digest: string | undefined,
): PinState {
  if (!pin) return 'unpinned';
  if (digest === undefined) return 'unseen';
  return isAsPinned(pin, server, digest) ? 'pinned' : 'changed';
}
