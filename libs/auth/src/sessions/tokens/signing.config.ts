import {
  keyVariable,
  parseEnvironment,
  refuseWeakSecrets,
  runMode,
  textVariable,
} from '@app/config';
import { registerAs } from '@nestjs/config';
import { resolve } from 'node:path';
import { developmentSecrets } from '../../accounts/credentials/development-secrets.js';

export interface SigningConfig {
  /** Signs new access tokens. At least 32 bytes (RFC 7518 §3.2). */
  readonly jwtSecret: string;
  /** Still verifies tokens that it signed before the last rotation. */
  readonly jwtSecretPrevious: string | undefined;
}

interface Variables {
  JWT_SECRET?: string;
  JWT_SECRET_PREVIOUS?: string;
  DATA_DIR: string;
}

const secret = keyVariable({ shortest: 32 });

export const signingConfig = registerAs('signing', (): SigningConfig => {
  const { JWT_SECRET, JWT_SECRET_PREVIOUS, DATA_DIR } = parseEnvironment<Variables>(
    {
      JWT_SECRET: (runMode(process.env) === 'production' ? secret : secret.optional())
        .describe(
          'Secret that signs access tokens, or that encrypts the keys that sign them. At least 32 bytes.',
        )
        .meta({ unset: 'generated outside production' }),
      JWT_SECRET_PREVIOUS: secret
        .optional()
        .describe(
          'The JWT_SECRET before the last change: it verifies and signs nothing. Remove it 24 hours after the change.',
        )
        .meta({ unset: 'none' }),
      DATA_DIR: textVariable().default('./data'),
    },
    process.env,
  );
  refuseWeakSecrets(['JWT_SECRET', 'JWT_SECRET_PREVIOUS'], process.env);
  return {
    jwtSecret: JWT_SECRET ?? developmentSecrets(resolve(DATA_DIR)).jwtSecret,
    jwtSecretPrevious: JWT_SECRET_PREVIOUS,
  };
});
