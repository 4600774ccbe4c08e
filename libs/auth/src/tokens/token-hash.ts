import { createHash } from 'node:crypto';

/**
 * What is stored or compared in place of a token. SHA-256 alone is enough for what has 128 random bits or more: nobody
 * can try them all, so neither salt nor slowness would add anything (ASVS 5.0, 6.5.2).
 */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
