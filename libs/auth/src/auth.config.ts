import { ConfigurationError, parseEnvironment, runMode } from '@app/config';
import { registerAs } from '@nestjs/config';
import Joi from 'joi';
import { resolve } from 'node:path';
import { DEVELOPMENT_PREFIX, developmentSecrets } from './development-secrets.js';

export interface AuthConfig {
  /** Signs new access tokens. At least 32 bytes (RFC 7518 §3.2). */
  readonly jwtSecret: string;
  /** Still verifies tokens that it signed before the last rotation. */
  readonly jwtSecretPrevious: string | undefined;
  /** Keys the hash of passwords; a stolen database is of no use without it. */
  readonly passwordPepper: string;
}

interface Variables {
  JWT_SECRET?: string;
  JWT_SECRET_PREVIOUS?: string;
  PASSWORD_PEPPER?: string;
  DATA_DIR: string;
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
