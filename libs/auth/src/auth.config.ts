import {
  ConfigurationError,
  durationOf,
  durationVariable,
  parseEnvironment,
  runMode,
} from '@app/config';
import { type Limit, limitOf, limitVariable } from '@app/security';
import { registerAs } from '@nestjs/config';
import Joi from 'joi';
import { resolve } from 'node:path';
import { DEVELOPMENT_PREFIX, developmentSecrets } from './development-secrets.js';

/** Durations in milliseconds. */
export interface AuthConfig {
  /** Signs new access tokens. At least 32 bytes (RFC 7518 §3.2). */
  readonly jwtSecret: string;
  /** Still verifies tokens that it signed before the last rotation. */
  readonly jwtSecretPrevious: string | undefined;
  /** Keys the hash of passwords; a stolen database is of no use without it. */
  readonly passwordPepper: string;
  /** How long a sign-in lasts if it is not used. @default 30 days */
  readonly sessionIdle: number;
  /** How long it lasts however much it is used. @default 90 days */
  readonly sessionLifetime: number;
  /** How long a proof of a credential opens sensitive calls. @default 10 minutes */
  readonly stepUpWindow: number;
  /** After how many failures in a row strangers are locked out. @default 5 */
  readonly lockoutAfter: number;
  /** On how many accounts one address, and all together, may fail. @default 20 and 500 in 15 minutes */
  readonly spraying: { readonly perAddress: Limit; readonly inAll: Limit };
}

interface Variables {
  JWT_SECRET?: string;
  JWT_SECRET_PREVIOUS?: string;
  PASSWORD_PEPPER?: string;
  DATA_DIR: string;
  SESSION_IDLE: string;
  SESSION_LIFETIME: string;
  STEP_UP_WINDOW: string;
  LOCKOUT_AFTER: number;
  SPRAY_ADDRESS: string;
  SPRAY_ALL: string;
}

const secret = Joi.string().min(32, 'utf8');

export const authConfig = registerAs('auth', (): AuthConfig => {
  const isProduction = runMode(process.env) === 'production';
  const variables = parseEnvironment<Variables>(
    {
      JWT_SECRET: isProduction ? secret.required() : secret,
      JWT_SECRET_PREVIOUS: secret,
      PASSWORD_PEPPER: isProduction ? secret.required() : secret,
      DATA_DIR: Joi.string().default('./data'),
      SESSION_IDLE: durationVariable('30d', { min: '5m', max: '90d' }),
      SESSION_LIFETIME: durationVariable('90d', { min: '1h', max: '400d' }),
      STEP_UP_WINDOW: durationVariable('10m', { min: '1m', max: '1h' }),
      LOCKOUT_AFTER: Joi.number().integer().min(3).max(100).default(5),
      SPRAY_ADDRESS: limitVariable('20/15m'),
      SPRAY_ALL: limitVariable('500/15m'),
    },
    process.env,
  );
  if (isProduction) refuseDevelopmentSecrets(variables);
  const { JWT_SECRET, PASSWORD_PEPPER } = variables;
  const generated =
    JWT_SECRET && PASSWORD_PEPPER ? undefined : developmentSecrets(resolve(variables.DATA_DIR));
  return {
    jwtSecret: JWT_SECRET ?? generated!.jwtSecret,
    jwtSecretPrevious: variables.JWT_SECRET_PREVIOUS,
    passwordPepper: PASSWORD_PEPPER ?? generated!.passwordPepper,
    sessionIdle: durationOf(variables.SESSION_IDLE),
    sessionLifetime: durationOf(variables.SESSION_LIFETIME),
    stepUpWindow: durationOf(variables.STEP_UP_WINDOW),
    lockoutAfter: variables.LOCKOUT_AFTER,
    spraying: {
      perAddress: limitOf(variables.SPRAY_ADDRESS),
      inAll: limitOf(variables.SPRAY_ALL),
    },
  };
});

function refuseDevelopmentSecrets(variables: Variables): void {
  for (const name of ['JWT_SECRET', 'JWT_SECRET_PREVIOUS', 'PASSWORD_PEPPER'] as const) {
    if (variables[name]?.startsWith(DEVELOPMENT_PREFIX)) {
      throw new ConfigurationError(
        `Invalid configuration: ${name} is a development secret; generate one with: openssl rand -base64 48`,
      );
    }
  }
}
