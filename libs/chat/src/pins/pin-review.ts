import { Injectable } from '@nestjs/common';
import { ProfileCatalog } from '../profiles/profile-catalog.js';
import { MetDefinitions } from './met-definitions.js';
import type { DefinitionKind } from './pin-comparison.js';
import { PinListService } from './pin-list.service.js';
import type { PinState, PinView, ProfilePinsView } from './pin.view.js';
import { ServedDefinitions } from './served-definitions.js';

/** A pin beside what its server tells now: `missing` is what the server does not have. */
type ReviewedPin = Omit<PinView, 'state'> & { readonly state: PinState | 'missing' };
type PinsInReview = Omit<ProfilePinsView, 'pins'> & { readonly pins: readonly ReviewedPin[] };

/** Compares pins with the servers as they are now, for a person. */
@Injectable()
export class PinReview {
  constructor(
    private readonly profiles: ProfileCatalog,
    private readonly served: ServedDefinitions,
    private readonly met: MetDefinitions,
    private readonly pins: PinListService,
  ) {}

  /** @throws ChatError `profile_not_found` @throws McpError if a server cannot be asked */
  async of(profileId: string): Promise<PinsInReview> {
    const { tools, prompts } = await this.served.of(this.profiles.get(profileId));
    for (const one of tools) this.note(profileId, 'tool', one);
    for (const one of prompts) this.note(profileId, 'prompt', one);
    const shown = this.pins.show(profileId);
    return Object.assign(shown, { pins: shown.pins.map(reviewed) });
  }

  private note(
    profileId: string,
    kind: DefinitionKind,
    { server, definition }: { server: string; definition: { name: string; digest: string } },
  ): void {
    this.met.note({ profileId, server, kind, name: definition.name }, definition.digest);
  }
}

function reviewed(pin: PinView): ReviewedPin {
  return pin.servedSha256 === null ? Object.assign(pin, { state: 'missing' as const }) : pin;
}
