import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every generated secret starts so, by which production recognizes and refuses it. */
export const DEVELOPMENT_PREFIX = 'development-only-';

export interface DevelopmentSecrets {
  readonly jwtSecret: string;
  readonly passwordPepper: string;
}

/**
 * The secrets of a development machine: made at the first start, readable by their owner only, and kept, so that
 * a restart signs nobody out.
 */
export function developmentSecrets(dataDir: string): DevelopmentSecrets {
  const file = join(dataDir, 'development-secrets.json');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, JSON.stringify({ jwtSecret: generate(), passwordPepper: generate() }), {
    mode: 0o600,
  });
  try {
    // Of several processes that start at once, the first to link wins, and all read the winner's whole file.
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
