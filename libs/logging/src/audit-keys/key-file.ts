import { ConfigurationError, developmentFile } from '@app/config';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { readKeys, type SigningKey } from './signing-key.js';

/** In DATA_DIR. */
const KEY_FILE = 'audit-signing-key.pem';

/**
 * The key of a development machine.
 *
 * @throws ConfigurationError if it cannot be written or read
 */
export function keyFromFile(dataDir: string): SigningKey {
  try {
    return readKeys(developmentFile(join(dataDir, KEY_FILE), generate))[0];
  } catch {
    throw new ConfigurationError(
      `Invalid configuration: DATA_DIR must name a folder that this process may write to, and ${KEY_FILE} in it must be a key`,
    );
  }
}

function generate(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
