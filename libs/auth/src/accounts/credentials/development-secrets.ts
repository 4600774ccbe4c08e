import { ConfigurationError, DEVELOPMENT_PREFIX } from '@app/config';
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface DevelopmentSecrets {
  readonly jwtSecret: string;
  readonly passwordPepper: string;
}

/**
 * The secrets of a development machine: generated at the first start, readable by the file's owner only, and kept, so
 * that sessions survive a restart.
 *
 * @throws ConfigurationError if they cannot be written
 */
export function developmentSecrets(dataDir: string): DevelopmentSecrets {
  try {
    return readOrMake(dataDir);
  } catch {
    throw new ConfigurationError(
      'Invalid configuration: DATA_DIR must name a folder that this process may write to',
    );
  }
}

function readOrMake(dataDir: string): DevelopmentSecrets {
  const file = join(dataDir, 'development-secrets.json');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, JSON.stringify({ jwtSecret: generate(), passwordPepper: generate() }), {
    mode: 0o600,
  });
  try {
    // Of several processes that start at once, the first to link wins, and all read its complete file.
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as DevelopmentSecrets;
}

function generate(): string {
  return DEVELOPMENT_PREFIX + randomBytes(48).toString('base64url');
}
