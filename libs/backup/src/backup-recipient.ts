import { bech32 } from '@scure/base';

/**
 * The length of public keys of age, by their prefix: X25519, X25519 with ML-KEM-768, and two kinds whose secret key is in a
 * hardware token. Bytes.
 */
const KEY_BYTES: Readonly<Record<string, number>> = {
  age: 32,
  age1pq: 1_216,
  age1tag: 33,
  age1tagpq: 1_249,
};

/** Whether a text is a complete public key of age, by its prefix, checksum and length: the library of age checks no more. */
export function isRecipient(text: string): boolean {
  // Without the limit of 90 characters: keys with ML-KEM are longer.
  const decoded = bech32.decodeUnsafe(text, false);
  if (!decoded || text !== text.toLowerCase()) return false;
  const key = bech32.fromWordsUnsafe(decoded.words);
  return key instanceof Uint8Array && key.length === KEY_BYTES[decoded.prefix];
}
