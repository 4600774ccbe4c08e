import { applyDecorators } from '@nestjs/common';
import { Length, ValidateBy } from 'class-validator';

/** Longest password, and the shortest that can be allowed, in characters (code points) of any script, normalized. */
export const PASSWORD_LENGTH = { min: 8, max: 128 } as const;

/**
 * The longest text that is taken for a password at all. Some keyboards send a syllable as three characters that become
 * one when it is normalized; what takes this many is still normalized in no time. Characters.
 */
export const LONGEST_TYPED_PASSWORD = 512;

/** How many characters a password has as it is hashed (NFKC; NIST SP 800-63B-4 §3.1.1.2). */
export function passwordLength(password: string): number {
  return Array.from(password.normalize('NFKC')).length;
}

/** A password to be set. */
export const IsNewPassword = () =>
  applyDecorators(
    Length(1, LONGEST_TYPED_PASSWORD),
    ValidateBy({
      name: 'isNewPassword',
      validator: {
        validate: (value: unknown) => typeof value === 'string' && isOfLength(value),
        defaultMessage: () =>
          `$property must have ${PASSWORD_LENGTH.min} to ${PASSWORD_LENGTH.max} characters`,
      },
    }),
  );

/** A password to be compared with the one that is set: looser, as what is none is simply wrong. */
export const IsTypedPassword = () => Length(1, LONGEST_TYPED_PASSWORD);

function isOfLength(value: string): boolean {
  // Longer ones are refused beside this, and must not be normalized first.
  if (value.length > 2 * LONGEST_TYPED_PASSWORD) return false;
  const length = passwordLength(value);
  return length >= PASSWORD_LENGTH.min && length <= PASSWORD_LENGTH.max;
}
