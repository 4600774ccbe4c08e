import {
  integerVariable,
  originsVariable,
  parsedSecretVariable,
  parseEnvironment,
  refusePlainInProduction,
  runMode,
} from '@app/config';
import { registerAs } from '@nestjs/config';
import { type Limit, limitOf, limitVariable } from './limit.js';
import { redisServer } from './redis-server.js';

/** As the variables name them: `LIMIT_CHAT` is `chat`. */
export const LIMIT_NAMES = [
  'api',
  'global',
  'login',
  'chat',
  'device',
  'anonymous',
  'export',
  'files',
] as const;

export type LimitName = (typeof LIMIT_NAMES)[number];

export interface SecurityConfig {
  readonly limits: Readonly<Record<LimitName, Limit>>;
  /** How many times the limit of one client address all networks of an IPv6 /48 have together. @default 16 */
  readonly siteFactor: number;
  /** Shared counters for several instances; absent means counters in this process. */
  readonly redisUrl: string | undefined;
  /** Origins of browsers that may call the API. Native apps send none and need no entry. @default none */
  readonly allowedOrigins: readonly string[];
  /** Whether errors of the server may carry `error.debug`. Never in production. */
  readonly exposesDebug: boolean;
}

interface Variables {
  LIMIT_API: string;
  LIMIT_GLOBAL: string;
  LIMIT_LOGIN: string;
  LIMIT_CHAT: string;
  LIMIT_DEVICE: string;
  LIMIT_ANONYMOUS: string;
  LIMIT_EXPORT: string;
  LIMIT_FILES: string;
  LIMIT_SITE_FACTOR: number;
  REDIS_URL?: string;
  ALLOWED_ORIGINS?: readonly string[];
}

export const securityConfig = registerAs('security', (): SecurityConfig => {
  const variables = parseEnvironment<Variables>(
    {
      LIMIT_API: limitVariable('1000/1h').describe('All requests to /api of one client address.'),
      LIMIT_GLOBAL: limitVariable('100/15m').describe(
        'Requests of one user, or of one address before signing in, to routes without a limit of their own.',
      ),
      LIMIT_LOGIN: limitVariable('5/15m').describe(
        'Failed attempts to sign in with one account name from one address.',
      ),
      LIMIT_CHAT: limitVariable('60/1m').describe('Chat messages of one user.'),
      LIMIT_DEVICE: limitVariable('10/1h').describe(
        'Devices that start without an account, per client address.',
      ),
      LIMIT_ANONYMOUS: limitVariable('20/1d').describe(
        'Chat messages of a device without an account, besides LIMIT_CHAT.',
      ),
      LIMIT_EXPORT: limitVariable('5/1h').describe('Exports of the personal data of one user.'),
      LIMIT_FILES: limitVariable('300/15m').describe(
        'Downloads of images and files of answers by one user.',
      ),
      LIMIT_SITE_FACTOR: integerVariable(16, { min: 1, max: 65_536 }).describe(
        'The limit of an IPv6 /48, as a multiple of the limit of one client address.',
      ),
      REDIS_URL: parsedSecretVariable((url) => {
        redisServer(url);
        return url;
      })
        .optional()
        .describe(
          'redis://user:password@host:6379/0, rediss://… or unix:///path, for limits that several instances share.',
        )
        .meta({ unset: 'counted in the process' }),
      ALLOWED_ORIGINS: originsVariable()
        .optional()
        .describe(
          'Origins of browsers and web views that may call the API, separated by commas, such as capacitor://localhost. Native apps need no entry.',
        )
        .meta({ unset: 'none' }),
    },
    process.env,
  );
  refusePlainInProduction('ALLOWED_ORIGINS', variables.ALLOWED_ORIGINS ?? [], process.env);
  return {
    limits: {
      api: limitOf(variables.LIMIT_API),
      global: limitOf(variables.LIMIT_GLOBAL),
      login: limitOf(variables.LIMIT_LOGIN),
      chat: limitOf(variables.LIMIT_CHAT),
      device: limitOf(variables.LIMIT_DEVICE),
      anonymous: limitOf(variables.LIMIT_ANONYMOUS),
      export: limitOf(variables.LIMIT_EXPORT),
      files: limitOf(variables.LIMIT_FILES),
    },
    siteFactor: variables.LIMIT_SITE_FACTOR,
    redisUrl: variables.REDIS_URL,
    allowedOrigins: variables.ALLOWED_ORIGINS ?? [],
    exposesDebug: runMode(process.env) !== 'production',
  };
});
