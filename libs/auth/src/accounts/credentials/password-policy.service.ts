import { caseFold } from '@app/security';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { AccountError } from '../account.error.js';
import { credentialsConfig } from './credentials.config.js';
import { passwordLength } from './password-length.js';
import type { Strength, StrengthTask } from './strength.worker.js';
import { Threads } from './threads.js';
import { OPERATOR, type Turn } from './turn-queue.js';

/** The shortest part of a name that is matched; shorter ones occur in too many words. Characters. */
const SHORTEST_PART = 3;

/** The kinds of characters that `PASSWORD_COMPLEXITY` requires, with their names for the error message. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/\p{Lu}/u, 'an upper case letter'],
  [/\p{Ll}/u, 'a lower case letter'],
  [/\p{Nd}/u, 'a digit'],
  [/[^\p{L}\p{N}]/u, 'another character'],
];

/**
 * Refuses common passwords, those built from the name of the account or the product, and those that zxcvbn estimates as
 * weak (ASVS 5.0, 6.2.4, 6.2.5, 6.2.11 and 6.2.12). The error says why.
 */
@Injectable()
export class PasswordPolicyService implements OnApplicationShutdown {
  private readonly threads = new Threads<StrengthTask, Strength>({
    worker: 'strength.worker',
    most: 1,
    mostWaiting: 128,
    mostWaitingPerAddress: 32,
  });

  constructor(
    @Inject(credentialsConfig.KEY) private readonly config: ConfigType<typeof credentialsConfig>,
  ) {}

  /** @throws AccountError `weak_password` */
  async assertAcceptable(
    password: string,
    names: readonly string[],
    turn: Turn = OPERATOR,
    field = 'password',
  ): Promise<void> {
    const refuse = (message: string): never => {
      throw AccountError.weakPassword({ field, message });
    };
    const typed = password.normalize('NFKC');
    if (passwordLength(password) < this.config.minLength) {
      refuse(`must have at least ${this.config.minLength} characters`);
    }
    if (names.some((name) => caseFold(name) === caseFold(password))) {
      refuse('must differ from the username');
    }
    const missing = this.config.isComplex ? KINDS.filter(([kind]) => !kind.test(typed)) : [];
    if (missing.length > 0) refuse(`needs ${missing.map(([, name]) => name).join(', ')}`);
    const words = [...names, ...this.config.contextWords].flatMap(withItsParts);
    const { score, weakness } = await this.threads.run({ password: typed, words }, turn);
    if (score < this.config.minScore) {
      refuse(
        weakness || 'is easy to guess: make it longer, with words that do not belong together',
      );
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.threads.stop();
  }
}

/** The names of an account, which no password may be built from. */
export function namesOf(username: string, email?: string | null): string[] {
  const mailName = email?.split('@')[0];
  return mailName ? [username, mailName] : [username];
}

/** `ada.lovelace`, and also `ada` and `lovelace`. */
function withItsParts(word: string): string[] {
  const folded = caseFold(word);
  const parts = folded.split(/[^\p{L}\p{N}]+/u).filter((part) => part.length >= SHORTEST_PART);
  return [...new Set([folded, ...parts])];
}
