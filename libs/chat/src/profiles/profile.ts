import type { McpServerSpec } from '@app/mcp';
import type { Suggestion, Translation } from './profile-texts.js';

/**
 * - `read`: changes nothing
 * - `trusted-write`: changes what a model may change by itself
 * - `write`: changes what only the person may change
 */
export const TOOL_RISKS = ['read', 'write', 'trusted-write'] as const;
export type ToolRisk = (typeof TOOL_RISKS)[number];

/** How a language model answers. */
export interface ProfileModel {
  /** Id of a model, or `default`. @default default */
  readonly name?: string;
  /** Ids of models that are asked, in this order, where the one before fails. */
  readonly fallbacks?: readonly string[];
  readonly instructions?: string;
  /** How often the model may be asked for one answer. @default 8 */
  readonly steps?: number;
  /** The longest answer, all its steps together. @default 4096 */
  readonly outputTokens?: number;
  /** How long one answer may take. @default 120 */
  readonly seconds?: number;
}

/** What one message, and one person, may use. */
export interface ProfileLimits {
  readonly seconds: number;
  readonly resultBytes: number;
  /** Of one person, in any 60 seconds. */
  readonly messagesPerMinute?: number;
  /** Of one person in a day of UTC, to the language model and from it. */
  readonly tokensPerDay?: number;
  /** The same in money. */
  readonly costPerDay?: { readonly currency: string; readonly amount: number };
  /** How many messages of one person are answered at the same time. @default 8 */
  readonly runs?: number;
}

/** One assistant, as its file describes it: see profile.schema.json. */
export interface Profile {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly icon: string;
  readonly version: string;
  /** Of the texts here. @default en */
  readonly language?: string;
  /** What it can do, in plain words. */
  readonly capabilities?: readonly string[];
  readonly suggestions?: readonly Suggestion[];
  /** Its texts in other languages, by their tags (RFC 5646). */
  readonly translations?: Readonly<Record<string, Translation>>;
  /** Its colour, as `#RRGGBB`. */
  readonly accent?: string;
  /** `model`: a language model, as long as there is one; without one as `direct`. */
  readonly engine: 'direct' | 'model';
  readonly model?: ProfileModel;
  readonly servers: readonly McpServerSpec[];
  /** Server name → tools. What is not here does not exist for this assistant. */
  readonly allowedTools: Readonly<Record<string, readonly string[]>>;
  /** Tool → what it does to what people keep. A tool that is not here is a `write`. */
  readonly toolRisks?: Readonly<Record<string, ToolRisk>>;
  readonly defaultTool?: { readonly name: string; readonly argument: string };
  readonly limits: ProfileLimits;
  readonly isolation: 'shared' | 'per-user';
  readonly active: boolean;
  readonly developmentOnly?: boolean;
}

/** How many messages of one person an assistant works on at the same time, unless its profile says otherwise. */
const DEFAULT_RUNS = 8;

export function mostRuns({ limits }: Profile): number {
  return limits.runs ?? DEFAULT_RUNS;
}

export function riskOf({ toolRisks }: Profile, tool: string): ToolRisk {
  return (toolRisks && Object.hasOwn(toolRisks, tool) && toolRisks[tool]) || 'write';
}

/** The server that may be asked for a tool of that name; undefined for every name that is not allowed. */
export function serverOfTool(profile: Profile, tool: string): McpServerSpec | undefined {
  return profile.servers.find(({ name }) => profile.allowedTools[name]?.includes(tool));
}
