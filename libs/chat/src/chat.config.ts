import {
  booleanVariable,
  choiceVariable,
  durationOf,
  durationVariable,
  integerVariable,
  optionalDurationVariable,
  parseEnvironment,
  runMode,
  textVariable,
} from '@app/config';
import { registerAs } from '@nestjs/config';
import { resolve } from 'node:path';
import type { ProfileSwitch } from './profile-switch.js';
import type { QuotaName } from './quota.js';

export interface ChatConfig {
  /** The folder of the profiles. @default ./apps/gateway/profiles */
  readonly profilesDir: string;
  /** Whether profiles that are marked as not for production are served. */
  readonly servesDevelopmentProfiles: boolean;
  /** Which assistants are on that are off by themselves. */
  readonly profileSwitches: Readonly<Record<ProfileSwitch, boolean>>;
  /** The most that one account may keep. */
  readonly quotas: Readonly<Record<QuotaName, number>>;
  /** How long a conversation without a new message is kept. Milliseconds; undefined: until it is deleted. */
  readonly historyKept: number | undefined;
  /** How long the parts of an answer can be read again after its run has ended. Milliseconds. @default 24 hours */
  readonly eventsKept: number;
  /** How long a person has to approve what a tool is to do. Milliseconds. @default 15 minutes */
  readonly approvalExpiry: number;
  /** How long a person has to answer what a tool asks. Milliseconds. @default 15 minutes */
  readonly inputExpiry: number;
  /** The same where a call is open meanwhile. Milliseconds. @default 5 minutes */
  readonly heldInputExpiry: number;
  /** Most questions for which this process holds calls open, and those of one account. @default 100 and 3 */
  readonly heldInputs: { readonly most: number; readonly mostOfAccount: number };
  /** What is done with a tool that is not as the pins of its profile say. @default enforce */
  readonly toolPins: ToolPinsMode;
}

/** `enforce`: it is withheld. `warn`: it is used, and told of. `off`: pins are not looked at. */
export const TOOL_PINS_MODES = ['enforce', 'warn', 'off'] as const;
export type ToolPinsMode = (typeof TOOL_PINS_MODES)[number];

const MB = 1_000_000;

export const chatConfig = registerAs('chat', (): ChatConfig => {
  const variables = parseEnvironment<{
    PROFILES_DIR: string;
    WEATHER: boolean;
    QUOTA_CONVERSATIONS: number;
    QUOTA_MESSAGES: number;
    QUOTA_HISTORY_MB: number;
    QUOTA_FILES_MB: number;
    QUOTA_CARDS_MB: number;
    HISTORY_KEPT?: number;
    RUN_EVENTS_KEPT: string;
    APPROVAL_EXPIRY: string;
    INPUT_EXPIRY: string;
    INPUT_HELD_EXPIRY: string;
    INPUT_HELD: number;
    INPUT_HELD_PER_USER: number;
    TOOL_PINS: ToolPinsMode;
  }>(
    {
      PROFILES_DIR: textVariable()
        .default('./apps/gateway/profiles')
        .describe('Folder of the profiles. They are read at the start.'),
      WEATHER: booleanVariable(false).describe(
        'Whether the assistant weather is on. It sends the places that users ask for to open-meteo.com.',
      ),
      QUOTA_CONVERSATIONS: integerVariable(2_000, { min: 1, max: 1_000_000 }).describe(
        'Most conversations of one account.',
      ),
      QUOTA_MESSAGES: integerVariable(50_000, { min: 2, max: 100_000_000 }).describe(
        'Most messages and answers of one account.',
      ),
      QUOTA_HISTORY_MB: integerVariable(50, { min: 1, max: 1_000_000 }).describe(
        'Most text in the conversations of one account. MB of UTF-8.',
      ),
      QUOTA_FILES_MB: integerVariable(10, { min: 1, max: 1_000_000 }).describe(
        'Largest total size of the files that tools store for one account. MB.',
      ),
      QUOTA_CARDS_MB: integerVariable(50, { min: 1, max: 1_000_000 }).describe(
        'Largest total size of the images and other files in the answers of one account. MB.',
      ),
      HISTORY_KEPT: optionalDurationVariable('365d', { min: '1h', max: '3650d' })
        .describe('How long a conversation without a new message is kept.')
        .meta({ unset: 'kept until it is deleted' }),
      RUN_EVENTS_KEPT: durationVariable('24h', { min: '5m', max: '30d' }).describe(
        'How long the stream of an answer can be read again after the answer is complete.',
      ),
      APPROVAL_EXPIRY: durationVariable('15m', { min: '1s', max: '7d' }).describe(
        'How long a tool call waits for the approval of the user.',
      ),
      INPUT_EXPIRY: durationVariable('15m', { min: '1s', max: '7d' }).describe(
        'How long a question of a tool waits for the answer of the user.',
      ),
      INPUT_HELD_EXPIRY: durationVariable('5m', { min: '1s', max: '1h' }).describe(
        'The same for older MCP servers, whose call stays open during that time.',
      ),
      INPUT_HELD: integerVariable(100, { min: 0, max: 10_000 }).describe(
        'Most open questions of older MCP servers in one process. 0: no such question is asked.',
      ),
      INPUT_HELD_PER_USER: integerVariable(3, { min: 0, max: 1_000 }).describe(
        'Most open questions of older MCP servers of one user.',
      ),
      TOOL_PINS: choiceVariable(TOOL_PINS_MODES, 'enforce').describe(
        'What happens if a tool differs from the pins of its profile: enforce withholds it, warn uses it and logs a warning.',
      ),
    },
    process.env,
  );
  return {
    profilesDir: resolve(variables.PROFILES_DIR),
    profileSwitches: { WEATHER: variables.WEATHER },
    quotas: {
      conversations: variables.QUOTA_CONVERSATIONS,
      messages: variables.QUOTA_MESSAGES,
      historyBytes: variables.QUOTA_HISTORY_MB * MB,
      fileBytes: variables.QUOTA_FILES_MB * MB,
      cardBytes: variables.QUOTA_CARDS_MB * MB,
    },
    historyKept: variables.HISTORY_KEPT,
    eventsKept: durationOf(variables.RUN_EVENTS_KEPT),
    toolPins: variables.TOOL_PINS,
    inputExpiry: durationOf(variables.INPUT_EXPIRY),
    heldInputExpiry: durationOf(variables.INPUT_HELD_EXPIRY),
    heldInputs: { most: variables.INPUT_HELD, mostOfAccount: variables.INPUT_HELD_PER_USER },
    approvalExpiry: durationOf(variables.APPROVAL_EXPIRY),
    servesDevelopmentProfiles: runMode(process.env) !== 'production',
  };
});
