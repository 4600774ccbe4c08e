import { applyDecorators } from '@nestjs/common';
import { Length, ValidateBy } from 'class-validator';

/** Length of a password: `min` is the least that can be configured. Code points after normalization. */
export const PASSWORD_LENGTH = { min: 8, max: 128 } as const;

/**
 * The longest text accepted as a password before normalization. Some keyboards send a syllable as three characters that
 * normalize to one; a text of this length is still cheap to normalize. Characters.
 */
export const LONGEST_TYPED_PASSWORD = 512;

/** The code points of a password in the form that is hashed (NFKC; NIST SP 800-63B-4 §3.1.1.2). */
export function passwordLength(password: string): number {
  return Array.from(password.normalize('NFKC')).length;
}

/** Validates a password to be set. */
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

/**
 * Validates a password to be verified. Looser than for a new one: a text outside the policy is answered as a wrong
 * password.
 */
export const IsTypedPassword = () => Length(1, LONGEST_TYPED_PASSWORD);

function isOfLength(value: string): boolean {
  // Longer texts are refused by `Length` and must not be normalized first.
  if (value.length > 2 * LONGEST_TYPED_PASSWORD) return false;
  const length = passwordLength(value);
  return length >= PASSWORD_LENGTH.min && length <= PASSWORD_LENGTH.max;
}
