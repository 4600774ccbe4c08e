import {
  booleanVariable,
  durationOf,
  durationVariable,
  integerVariable,
  parsedVariable,
  parseDuration,
  parseEnvironment,
  runMode,
} from '@app/config';
import { registerAs } from '@nestjs/config';
import Joi from 'joi';
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
  /** What is done with a tool that is not as the pins of its profile say. @default enforce */
  readonly toolPins: ToolPinsMode;
}

/** `enforce`: it is withheld. `warn`: it is used, and told of. `off`: pins are not looked at. */
export type ToolPinsMode = 'enforce' | 'warn' | 'off';

const MB = 1_000_000;

/** The time that may be set for `HISTORY_KEPT`. */
const LEAST_KEPT = '1h';
const MAX_RETENTION = '3650d';

export const chatConfig = registerAs('chat', (): ChatConfig => {
  const variables = parseEnvironment<{
    PROFILES_DIR: string;
    WEATHER: boolean;
    QUOTA_CONVERSATIONS: number;
    QUOTA_MESSAGES: number;
    QUOTA_HISTORY_MB: number;
    QUOTA_FILES_MB: number;
    HISTORY_KEPT?: number;
    RUN_EVENTS_KEPT: string;
    APPROVAL_EXPIRY: string;
    TOOL_PINS: ToolPinsMode;
  }>(
    {
      PROFILES_DIR: Joi.string()
        .default('./apps/gateway/profiles')
        .description('Folder of the profiles. They are read at the start.'),
      WEATHER: booleanVariable(false).description(
        'Whether the assistant weather is on. It sends the places that people ask for to open-meteo.com.',
      ),
      QUOTA_CONVERSATIONS: integerVariable(2_000, { min: 1, max: 1_000_000 }).description(
        'Most conversations of one account.',
      ),
      QUOTA_MESSAGES: integerVariable(50_000, { min: 2, max: 100_000_000 }).description(
        'Most messages and answers of one account.',
      ),
      QUOTA_HISTORY_MB: integerVariable(50, { min: 1, max: 1_000_000 }).description(
        'Most text in the conversations of one account. MB of UTF-8.',
      ),
      QUOTA_FILES_MB: integerVariable(10, { min: 1, max: 1_000_000 }).description(
        'Most that tools store in files of one account. MB.',
      ),
      HISTORY_KEPT: parsedVariable(historyKept)
        .description('How long a conversation without a new message is kept: 1h to 3650d.')
        .meta({ unset: 'kept until it is deleted' }),
      RUN_EVENTS_KEPT: durationVariable('24h', { min: '5m', max: '30d' }).description(
        'How long the stream of an answer can be read again after the answer is complete.',
      ),
      APPROVAL_EXPIRY: durationVariable('15m', { min: '1s', max: '7d' }).description(
        'How long a person has to approve what a tool is to do.',
      ),
      TOOL_PINS: Joi.string()
        .valid('enforce', 'warn', 'off')
        .default('enforce')
        .description(
          'What is done with a tool that is not as the pins of its profile say: enforce withholds it, warn uses it and tells of it.',
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
    },
    historyKept: variables.HISTORY_KEPT,
    eventsKept: durationOf(variables.RUN_EVENTS_KEPT),
    toolPins: variables.TOOL_PINS,
    approvalExpiry: durationOf(variables.APPROVAL_EXPIRY),
    servesDevelopmentProfiles: runMode(process.env) !== 'production',
  };
});

function historyKept(text: string): number {
  const duration = parseDuration(text);
  if (
    duration !== undefined &&
    duration >= durationOf(LEAST_KEPT) &&
    duration <= durationOf(MAX_RETENTION)
  ) {
    return duration;
  }
  throw new Error(
    `must be a duration from ${LEAST_KEPT} to ${MAX_RETENTION}: a number and s, m, h, d or w, such as 365d`,
  );
}
