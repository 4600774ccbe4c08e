import {
  Encrypter,
  generateHybridIdentity,
  generateX25519Identity,
  identityToRecipient,
} from 'age-encryption';
import { bech32 } from '@scure/base';
import { isRecipient } from './backup-recipient.js';

const aKey = (prefix: string, bytes: number) =>
  bech32.encode(prefix, bech32.toWords(new Uint8Array(bytes).fill(7)), false);

describe('a recipient of backups', () => {
  it.each([
    ['X25519', async () => identityToRecipient(await generateX25519Identity())],
    ['X25519 with ML-KEM-768', async () => identityToRecipient(await generateHybridIdentity())],
    ['P-256 of a device', () => aKey('age1tag', 33)],
    ['P-256 with ML-KEM-768 of a device', () => aKey('age1tagpq', 1_249)],
  ])('may have a key of %s', async (_, make) => {
    const recipient = await make();
    expect(isRecipient(recipient)).toBe(true);
    new Encrypter().addRecipient(recipient);
    const last = recipient.at(-1) === 'q' ? 'p' : 'q';
    expect(isRecipient(recipient.slice(0, -1) + last)).toBe(false);
    expect(isRecipient(recipient.slice(0, -1))).toBe(false);
  });

  it.each([
    ['nothing', ''],
    ['a prefix alone', 'age1'],
    ['a secret key', 'AGE-SECRET-KEY-1QQPQZRFR7ZZ2WCV'],
    ['a key of another length', aKey('age', 31)],
    ['a key of SSH', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA'],
    ['an address of another kind', aKey('bc', 32)],
    ['capital letters', aKey('age', 32).toUpperCase()],
    ['the name of a property', aKey('constructor', 32)],
  ])('is not %s', (_, text) => {
    expect(isRecipient(text)).toBe(false);
    expect(() => new Encrypter().addRecipient(text)).toThrow(Error);
  });
});
