import { deriveKey } from '../../accounts/credentials/derive-key.js';
import { openText, sealText } from '../../accounts/credentials/sealed-text.js';
import { sha256 } from '../../accounts/credentials/sha256.js';

/** The `kid` of a secret. It reveals nothing about a random secret. */
export function keyId(secret: string): string {
  return sha256(`kid:${secret}`).slice(0, 12);
}

/**
 * Encrypts a secret for storage under a key derived from `root`, which is not stored in the database. The key id is
 * authenticated data, so that one row cannot pose as another.
 */
export function wrapSecret(secret: string, kid: string, root: string): string {
  return sealText(wrappingKey(root), kid, secret);
}

/** Undefined if it was wrapped under another root or changed since. */
export function unwrapSecret(wrapped: string, kid: string, root: string): string | undefined {
  try {
    return openText(wrappingKey(root), kid, wrapped);
  } catch {
    return undefined;
  }
}

function wrappingKey(root: string): Buffer {
  return deriveKey(root, 'signing-key-wrapping');
}
