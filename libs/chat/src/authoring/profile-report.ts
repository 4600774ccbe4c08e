import type { ToolRisk } from '../profiles/profile.js';

/**
 * How a tool stands to the pins of its profile: `pinned` as it is now, `changed` since then, `new` since then, or
 * `unpinned`, for the profile has no pins.
 */
export type PinState = 'pinned' | 'changed' | 'new' | 'unpinned';

/** What came of trying what the assistant offers by itself. `untried`: it could change something, or nothing offers it. */
export type Trial = 'answered' | 'failed' | 'untried';

/** One tool that a profile allows. */
export interface CheckedTool {
  readonly server: string;
  readonly name: string;
  /** As it counts: what the server says of it can make the word of the profile stricter. */
  readonly risk: ToolRisk;
  readonly pin: PinState;
  readonly trial: Trial;
}

/** One profile, held against its servers. */
export interface ProfileReport {
  readonly profile: string;
  readonly tools: readonly CheckedTool[];
  /** How many tools its servers have that it does not allow. */
  readonly withheld: number;
  /** Its servers that each person connects: no one is there to do so. */
  readonly unasked: readonly string[];
  /** What has to be mended, in words for an operator. */
  readonly faults: readonly string[];
}
