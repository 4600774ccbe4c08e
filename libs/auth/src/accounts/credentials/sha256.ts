import { createHash } from 'node:crypto';

/**
 * SHA-256 in base64url, stored or compared in place of a token. A token with 128 random bits or more needs neither a
 * salt nor a slow hash (ASVS 5.0, 6.5.2).
 */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
