import { AuditTrail } from '@app/logging';
import type { McpTool } from '@app/mcp';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { chatConfig } from '../chat.config.js';
import { ProfileCatalog } from '../profiles/profile-catalog.js';
import type { Profile } from '../profiles/profile.js';
import { type PinsFile, readPins } from './read-pins.js';

/** How many changes are known as told. A server that changes more often is told of again. */
const MAX_TOLD = 1_000;

/** Which definitions of tools a person has reviewed: what has changed since then is not used. */
@Injectable()
export class ToolPins implements OnApplicationBootstrap {
  private readonly log = new Logger('Tools');
  private readonly pins: ReadonlyMap<string, PinsFile>;
  private readonly unpinned: readonly string[];
  private readonly told = new Set<string>();

  constructor(
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
    profiles: ProfileCatalog,
    private readonly trail: AuditTrail,
  ) {
    const files = Array.from(
      profiles.all,
      ({ id }) => [id, readPins(config.profilesDir, id)] as const,
    );
    this.pins = new Map(files.filter((file): file is [string, PinsFile] => file[1] !== undefined));
    this.unpinned = files.filter(([, pins]) => !pins).map(([id]) => id);
  }

  onApplicationBootstrap(): void {
    if (this.config.toolPins === 'off') return;
    for (const profileId of this.unpinned) {
      this.log.warn({ event: 'chat.profile.unpinned', profileId });
    }
  }

  /** Whether a tool may be used as it is now. What is not as it was pinned is logged and audited, once for each change. */
  admits(profile: Profile, server: string, tool: McpTool): boolean {
    const pins = this.pins.get(profile.id);
    if (this.config.toolPins === 'off' || !pins) return true;
    const pin = Object.hasOwn(pins.tools, tool.name) ? pins.tools[tool.name] : undefined;
    if (pin?.sha256 === tool.digest && pin.server === server) return true;
    const isUsed = this.config.toolPins === 'warn';
    this.tell(profile, server, tool, pin ? 'changed' : 'new', isUsed ? 'used' : 'withheld');
    return isUsed;
  }

  private tell(
    { id: profileId }: Profile,
    server: string,
    { name, digest }: McpTool,
    reason: 'changed' | 'new',
    outcome: 'used' | 'withheld',
  ): void {
    const change = `${profileId} ${server} ${name} ${digest}`;
    if (this.told.has(change)) return;
    if (this.told.size >= MAX_TOLD) this.told.clear();
    this.told.add(change);
    this.log.warn({ event: 'chat.tool.unpinned', profileId, server, tool: name, reason, outcome });
    const about = { objectType: 'tool', objectId: `${profileId}/${name}`, ip: '', requestId: '' };
    void this.trail.record({ action: 'tool.changed', outcome, ...about });
  }
}
