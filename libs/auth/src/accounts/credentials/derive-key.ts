import { hkdfSync } from 'node:crypto';

/** A key of 256 bits for one purpose (HKDF-SHA-256, RFC 5869): the key of one purpose reveals nothing about another. */
export function deriveKey(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', purpose, 32));
}
