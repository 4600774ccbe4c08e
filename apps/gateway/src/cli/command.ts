import { USERNAME, USERNAME_LENGTH } from '@app/auth';
import { trimmed } from '@app/security';
import type { DynamicModule, INestApplicationContext } from '@nestjs/common';
import type { ParseArgsConfig } from 'node:util';

/** What an operator has written after the name of a command: its options, and the words that are none. */
export interface CommandInput {
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly words: readonly string[];
}

/** One command of `npm run gateway -- …`. */
export interface Command {
  /** The words that name it, such as `keys rotate`. */
  readonly name: string;
  /** The rest of its line in the help, e.g. `[--revoke-old]`. */
  readonly usage: string;
  readonly summary: string;
  readonly options?: ParseArgsConfig['options'];
  /** How many words it takes beside its options. @default 0 */
  readonly words?: number;
  /** What it needs of the gateway. @default CliModule */
  readonly module?: () => Promise<DynamicModule>;
  /** What it has to say, for standard output. */
  run(app: INestApplicationContext, input: CommandInput): Promise<string>;
}

/** The account that the command names. A name follows the same rule as at registration. @throws UsageError */
export function usernameOf({ options: { username } }: CommandInput): string {
  const name = typeof username === 'string' ? trimmed(username) : '';
  const length = Array.from(name).length;
  const isLegal = length >= USERNAME_LENGTH.min && length <= USERNAME_LENGTH.max;
  if (isLegal && USERNAME.test(name)) return name;
  throw new UsageError('--username: 3 to 64 letters, digits and . _ - + @');
}

/** An error that the operator can fix: its message is all that is shown, and the exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
