import { ConfigurationError, DEVELOPMENT_PREFIX, developmentFile } from '@app/config';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

export interface DevelopmentSecrets {
  readonly jwtSecret: string;
  readonly passwordPepper: string;
}

/**
 * The secrets of a development machine, which are kept, so that sessions survive a restart.
 *
 * @throws ConfigurationError if they cannot be written or read
 */
export function developmentSecrets(dataDir: string): DevelopmentSecrets {
  try {
    const text = developmentFile(join(dataDir, 'development-secrets.json'), () =>
      JSON.stringify({ jwtSecret: generate(), passwordPepper: generate() }),
    );
    return JSON.parse(text) as DevelopmentSecrets;
  } catch {
    throw new ConfigurationError(
      'Invalid configuration: DATA_DIR must name a folder that this process may write to',
    );
  }
}

function generate(): string {
  return DEVELOPMENT_PREFIX + randomBytes(48).toString('base64url');
}
