import { foldedName } from '@app/security';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { AuthError } from '../auth.error.js';
import { credentialsConfig } from './credentials.config.js';
import { passwordLength } from './password-length.js';
import type { Strength, StrengthTask } from './strength.worker.js';
import { Threads } from './threads.js';

/** Shorter parts of names are in too many words. Characters. */
const SHORTEST_PART = 3;

/** The kinds that the option `PASSWORD_COMPLEXITY` asks for, with what to call them. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/\p{Lu}/u, 'an upper case letter'],
  [/\p{Ll}/u, 'a lower case letter'],
  [/\p{Nd}/u, 'a digit'],
  [/[^\p{L}\p{N}]/u, 'another character'],
];

/**
 * Refuses what is guessed first: common passwords, those made from the person's or the product's name, and whatever
 * zxcvbn holds to be easy (ASVS 5.0, 6.2.4, 6.2.5, 6.2.11 and 6.2.12). Says what is wrong with it.
 */
@Injectable()
export class PasswordPolicy implements OnApplicationShutdown {
  private readonly threads = new Threads<StrengthTask, Strength>({
    worker: 'strength.worker',
    most: 1,
    mostWaiting: 32,
  });

  constructor(
    @Inject(credentialsConfig.KEY) private readonly config: ConfigType<typeof credentialsConfig>,
  ) {}

  /** @throws AuthError `weak_password` */
  async assertAcceptable(
    password: string,
    names: readonly string[],
    field = 'password',
  ): Promise<void> {
    const refuse = (message: string): never => {
      throw AuthError.weakPassword({ field, message });
    };
    const typed = password.normalize('NFKC');
    if (passwordLength(password) < this.config.minLength) {
      refuse(`must have at least ${this.config.minLength} characters`);
    }
    if (names.some((name) => foldedName(name) === foldedName(password))) {
      refuse('must differ from the username');
    }
    const missing = this.config.isComplex ? KINDS.filter(([kind]) => !kind.test(typed)) : [];
    if (missing.length > 0) refuse(`needs ${missing.map(([, name]) => name).join(', ')}`);
    const words = [...names, ...this.config.contextWords].flatMap(withItsParts);
    const { score, weakness } = await this.threads.run({ password: typed, words });
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

/** What a person is called, as far as it is known: no password may be built from it. */
export function namesOf(username: string, email?: string | null): string[] {
  const mailName = email?.split('@')[0];
  return mailName ? [username, mailName] : [username];
}

/** `ada.lovelace`, and also `ada` and `lovelace`. */
function withItsParts(word: string): string[] {
  const folded = foldedName(word);
  const parts = folded.split(/[^\p{L}\p{N}]+/u).filter((part) => part.length >= SHORTEST_PART);
  return [...new Set([folded, ...parts])];
}
