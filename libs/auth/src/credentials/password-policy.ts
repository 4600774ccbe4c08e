import { AuthError } from '../auth.error.js';
import { foldedName } from '@app/security';

/** Shortest and longest password, in characters (code points) of any script. */
export const PASSWORD_LENGTH = { min: 8, max: 128 } as const;

let common: Promise<ReadonlySet<string>> | undefined;

/**
 * Refuses what is guessed first: the 49,000 most common passwords and one's own name. There are no rules on the
 * kinds of characters (ASVS 5.0, 6.2.4 and 6.2.5).
 *
 * @throws AuthError `weak_password`
 */
export async function assertAcceptablePassword(password: string, username: string): Promise<void> {
  const typed = password.normalize('NFKC').toLowerCase();
  if (foldedName(password) === foldedName(username)) {
    throw AuthError.weakPassword({ field: 'password', message: 'must differ from the username' });
  }
  if ((await commonPasswords()).has(typed)) {
    throw AuthError.weakPassword({
      field: 'password',
      message: 'is among the most common passwords and would be guessed first',
    });
  }
}

/** Read at first use: no start needs to wait for it. */
function commonPasswords(): Promise<ReadonlySet<string>> {
  common ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) => new Set(dictionary['passwords-common'] as readonly string[]),
  );
  return common;
}
