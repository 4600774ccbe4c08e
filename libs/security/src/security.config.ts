import { parseEnvironment, runMode } from '@app/config';
import { registerAs } from '@nestjs/config';
import Joi from 'joi';
import { type Limit, limitOf, limitVariable } from './throttling/limit.js';

export type LimitName = 'api' | 'global' | 'login' | 'chat' | 'device' | 'anonymous';

export interface SecurityConfig {
  readonly limits: Readonly<Record<LimitName, Limit>>;
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
  REDIS_URL?: string;
  ALLOWED_ORIGINS?: string;
}

const ORIGIN = /^https?:\/\/[^/*?#\s]+$/;

export const securityConfig = registerAs('security', (): SecurityConfig => {
  const variables = parseEnvironment<Variables>(
    {
      LIMIT_API: limitVariable('1000/1h'),
      LIMIT_GLOBAL: limitVariable('100/15m'),
      LIMIT_LOGIN: limitVariable('5/15m'),
      LIMIT_CHAT: limitVariable('60/1m'),
      LIMIT_DEVICE: limitVariable('10/1h'),
      LIMIT_ANONYMOUS: limitVariable('20/1d'),
      REDIS_URL: Joi.string().uri({ scheme: ['redis', 'rediss'] }),
      ALLOWED_ORIGINS: Joi.string().custom((list: string) => {
        if (splitList(list).every((entry) => ORIGIN.test(entry))) return list;
        throw new Error('must list origins such as https://app.example.org, without path or *');
      }, 'origins'),
    },
    process.env,
  );
  return {
    limits: {
      api: limitOf(variables.LIMIT_API),
      global: limitOf(variables.LIMIT_GLOBAL),
      login: limitOf(variables.LIMIT_LOGIN),
      chat: limitOf(variables.LIMIT_CHAT),
      device: limitOf(variables.LIMIT_DEVICE),
      anonymous: limitOf(variables.LIMIT_ANONYMOUS),
    },
    redisUrl: variables.REDIS_URL,
    allowedOrigins: splitList(variables.ALLOWED_ORIGINS ?? ''),
    exposesDebug: runMode(process.env) !== 'production',
  };
});

function splitList(list: string): string[] {
  return list
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}
