import { createHash, randomInt } from 'node:crypto';

/** Without letters that look like others. */
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 10;

/** How a code looks when it is typed: in any case, and with what is put between its signs. */
export const TYPED_CODE = /^[0-9A-Za-z .-]{10,20}$/;

/** 49 bits, of which five guesses are allowed: short enough to be typed. */
export function newConfirmationCode(): string {
  return Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/** As a person reads it. */
export function spacedCode(code: string): string {
  return `${code.slice(0, 5)}-${code.slice(5)}`;
}

export function hashOfCode(typed: string): string {
  return sha256(typed.toUpperCase().replace(/[^A-Z0-9]/g, ''));
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
