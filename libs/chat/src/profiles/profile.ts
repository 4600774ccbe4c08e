import type { McpServerSpec, McpTool } from '@app/mcp';
import type { ProfileSwitch } from '../profile-switch.js';
import type { Suggestion, Translation } from './profile-texts.js';

/**
 * - `read`: changes nothing
 * - `trusted-write`: changes what a model may change by itself
 * - `write`: changes what a model may change only with the approval of the person
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
  /** Whether the model gives conversations their titles, after the first answer. @default false */
  readonly titles?: boolean;
}

/** How far the servers may have the language model answer them (MCP sampling). */
export interface ProfileSampling {
  /** The longest answer. */
  readonly maxTokens: number;
  /** How often for one message, all servers together. */
  readonly callsPerMessage: number;
}

/** What one message, and one person, may use. */
export interface ProfileLimits {
  /** How long a message may take, and a tool be silent. */
  readonly seconds: number;
  /** How long a message may take whose tool tells of its progress. @default seconds */
  readonly totalSeconds?: number;
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
  /** Without it servers get no language model. */
  readonly sampling?: ProfileSampling;
  readonly servers: readonly McpServerSpec[];
  /** Server name → tools. What is not here does not exist for this assistant. */
  readonly allowedTools: Readonly<Record<string, readonly string[]>>;
  /** Server name → prompts that are commands. */
  readonly allowedPrompts?: Readonly<Record<string, readonly string[]>>;
  /** Tool → what it does to what people keep. A tool that is not here is a `write`. */
  readonly toolRisks?: Readonly<Record<string, ToolRisk>>;
  /** Tools that need an approval even where the person has typed the command. */
  readonly confirm?: readonly string[];
  /** Tool → arguments that are shown to no person and in no log. */
  readonly privateArguments?: Readonly<Record<string, readonly string[]>>;
  readonly defaultTool?: { readonly name: string; readonly argument: string };
  readonly limits: ProfileLimits;
  readonly isolation: 'shared' | 'per-user';
  readonly active: boolean;
  readonly developmentOnly?: boolean;
  /** The variable that has to be on. */
  readonly enabledBy?: ProfileSwitch;
}

/** How many messages of one person an assistant works on at the same time, unless its profile says otherwise. */
const DEFAULT_RUNS = 8;

export function mostRuns({ limits }: Profile): number {
  return limits.runs ?? DEFAULT_RUNS;
}

/** What the profile says of a tool. What its server says can only make that stricter. */
export function riskOf({ toolRisks }: Profile, { name, hints }: RatedTool): ToolRisk {
  const risk = (toolRisks && Object.hasOwn(toolRisks, name) && toolRisks[name]) || 'write';
  if (hints.destroys) return 'write';
  return risk === 'read' && hints.changes ? 'write' : risk;
}

type RatedTool = Pick<McpTool, 'name' | 'hints'>;

/** The arguments that are shown: all but those that the profile marks as private. */
export function shownArguments(
  { privateArguments = {} }: Profile,
  tool: string,
  input: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const hidden = (Object.hasOwn(privateArguments, tool) && privateArguments[tool]) || [];
  return Object.fromEntries(Object.entries(input).filter(([name]) => !hidden.includes(name)));
}

/** The server that may be asked for a tool of that name; undefined for every name that is not allowed. */
export function serverOfTool(profile: Profile, tool: string): McpServerSpec | undefined {
  return profile.servers.find(({ name }) => profile.allowedTools[name]?.includes(tool));
}

/** The names of all that can be written as a command, but for help. */
export function commandNames({ allowedTools, allowedPrompts = {} }: Profile): string[] {
  return [...Object.values(allowedTools).flat(), ...Object.values(allowedPrompts).flat()];
}

/** The server that may be asked for a prompt of that name. */
export function serverOfPrompt(
  { servers, allowedPrompts = {} }: Profile,
  prompt: string,
): McpServerSpec | undefined {
  return servers.find(({ name }) => allowedPrompts[name]?.includes(prompt));
}
