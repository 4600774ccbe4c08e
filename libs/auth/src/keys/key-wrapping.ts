import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** What names a secret in the header of a token. It tells nothing of a secret that was made by chance. */
export function keyId(secret: string): string {
  return createHash('sha256').update(`kid:${secret}`).digest('base64url').slice(0, 12);
}

/**
 * A secret as the database keeps it: of no use to whoever has only the database. AES-256-GCM under a key derived from
 * `root`, which is not stored there; the id goes into the tag, so that no row can pose as another.
 */
export function wrapSecret(secret: string, kid: string, root: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, wrappingKey(root), iv).setAAD(Buffer.from(kid));
  const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, sealed, cipher.getAuthTag()]).toString('base64url');
}

/** Undefined if it was wrapped under another root, or changed since. */
export function unwrapSecret(wrapped: string, kid: string, root: string): string | undefined {
  const bytes = Buffer.from(wrapped, 'base64url');
  if (bytes.length <= IV_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, wrappingKey(root), bytes.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(kid)).setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    const secret = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8');
    return secret + decipher.final('utf8');
  } catch {
    return undefined;
  }
}

function wrappingKey(root: string): Buffer {
  return Buffer.from(hkdfSync('sha256', root, '', 'signing-key-wrapping', 32));
}
