import { bech32 } from '@scure/base';

/**
 * How long the public keys of age are, by what they begin with: X25519, the same with ML-KEM-768, and the two kinds of
 * which a device holds the secret key. Bytes.
 */
const KEY_BYTES: Readonly<Record<string, number>> = {
  age: 32,
  age1pq: 1_216,
  age1tag: 33,
  age1tagpq: 1_249,
};

/** Whether a text is a whole public key of age, by its checksum. So much is known without the library of age. */
export function isRecipient(text: string): boolean {
  // Without the limit of 90 characters: keys with ML-KEM are longer.
  const decoded = bech32.decodeUnsafe(text, false);
  if (!decoded || text !== text.toLowerCase()) return false;
  const key = bech32.fromWordsUnsafe(decoded.words);
  return key instanceof Uint8Array && key.length === KEY_BYTES[decoded.prefix];
}
