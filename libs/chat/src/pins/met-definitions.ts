import { Injectable } from '@nestjs/common';
import type { DefinitionKind } from './pin-comparison.js';

/** Where a profile allows a tool or a prompt. */
export interface DefinitionPlace {
  readonly profileId: string;
  readonly server: string;
  readonly kind: DefinitionKind;
  readonly name: string;
}

/** What a server told last. */
interface MetDefinition {
  readonly digest: string;
  readonly at: Date;
}

/** The definitions of tools and prompts as this process has met them last: of names that profiles allow, and no other. */
@Injectable()
export class MetDefinitions {
  private readonly met = new Map<string, MetDefinition>();

  note(place: DefinitionPlace, digest: string): void {
    this.met.set(keyOf(place), { digest, at: new Date() });
  }

  of(place: DefinitionPlace): MetDefinition | undefined {
    return this.met.get(keyOf(place));
  }
}

function keyOf({ profileId, server, kind, name }: DefinitionPlace): string {
  return `${profileId} ${server} ${kind} ${name}`;
}
