import { randomBytes } from 'node:crypto';

/** Crockford's Base32, which has no letters that resemble digits. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** 120 bits of entropy: above the 112 bits from which a fast hash is enough (ASVS 5.0, 6.5.2). Bytes and characters. */
const BYTES = 15;
const LENGTH = 24;
const PLAIN = new RegExp(`^[${ALPHABET}]{${LENGTH}}$`);

/** A new code as it is shown: `0123-4567-89AB-CDEF-GHJK-MNPQ`. */
export function newRecoveryCode(): string {
  let bits = BigInt(`0x${randomBytes(BYTES).toString('hex')}`);
  let text = '';
  for (let index = 0; index < LENGTH; index += 1) {
    text = ALPHABET[Number(bits & 31n)]! + text;
    bits >>= 5n;
  }
  return text.match(/.{4}/g)!.join('-');
}

/** Separators between the characters, and invisible characters that clipboards and keyboards add. */
const BETWEEN = /[\s\p{Pd}\p{Default_Ignorable_Code_Point}]/gu;

/** Normalizes a typed code: any case and width, any spaces or dashes, O for 0, I and L for 1. */
export function plainRecoveryCode(typed: string): string | undefined {
  const code = typed
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(BETWEEN, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
  return PLAIN.test(code) ? code : undefined;
}
