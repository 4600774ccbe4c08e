import { AuditTrail } from '@app/logging';
import { emitSignal } from '@app/signals';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { chatConfig } from '../chat.config.js';
import { ProfileCatalog } from '../profiles/profile-catalog.js';
import type { Profile } from '../profiles/profile.js';
import { MetDefinitions } from './met-definitions.js';
import { type DefinitionKind, isAsPinned, pinOf } from './pin-comparison.js';

/** How many changes are known as told. A server that changes more often is told of again. */
const MAX_TOLD = 1_000;

/** What a server tells of a tool or a prompt. */
type Definition = { readonly name: string; readonly digest: string };

/** Which definitions of tools and prompts a person has reviewed: what has changed since then is not used. */
@Injectable()
export class ToolPins implements OnApplicationBootstrap {
  private readonly log = new Logger('Tools');
  private readonly told = new Set<string>();

  constructor(
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
    private readonly profiles: ProfileCatalog,
    private readonly trail: AuditTrail,
    private readonly met: MetDefinitions,
  ) {}

  onApplicationBootstrap(): void {
    if (this.config.toolPins === 'off') return;
    for (const profile of this.profiles.all) {
      if (this.profiles.pinsOf(profile)) continue;
      this.log.warn({ event: 'chat.profile.unpinned', profileId: profile.id });
    }
  }

  /** Whether a tool may be used as it is now. What is not as it was pinned is logged and audited, once for each change. */
  admits(
    profile: Profile,
    server: string,
    tool: Definition,
    kind: DefinitionKind = 'tool',
  ): boolean {
    this.met.note({ profileId: profile.id, server, kind, name: tool.name }, tool.digest);
    const pins = this.profiles.pinsOf(profile);
    if (this.config.toolPins === 'off' || !pins) return true;
    const pin = pinOf(pins, kind, tool.name);
    if (pin && isAsPinned(pin, server, tool.digest)) return true;
    const isUsed = this.config.toolPins === 'warn';
    this.tell(profile, server, tool, pin ? 'changed' : 'new', isUsed ? 'used' : 'withheld');
    return isUsed;
  }

  private tell(
    { id: profileId }: Profile,
    server: string,
    { name, digest }: Definition,
    reason: 'changed' | 'new',
    outcome: 'used' | 'withheld',
  ): void {
    const change = `${profileId} ${server} ${name} ${digest}`;
    if (this.told.has(change)) return;
    if (this.told.size >= MAX_TOLD) this.told.clear();
    this.told.add(change);
    const what = { profileId, server, tool: name, reason, outcome };
    this.log.warn({ event: 'chat.tool.unpinned', ...what });
    emitSignal({ type: 'tool.definition_changed', ...what });
    const about = { objectType: 'tool', objectId: `${profileId}/${name}`, ip: '', requestId: '' };
    void this.trail.record({ action: 'tool.changed', outcome, ...about });
  }
}
