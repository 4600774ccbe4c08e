import { SecurityError } from '@app/security';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import bcrypt from 'bcrypt';
import { createHmac } from 'node:crypto';
import { authConfig } from '../auth.config.js';

/** The work factor: 2^10 rounds, the least that ASVS 5.0 (appendix C) approves for bcrypt. */
const COST = 10;

/** How many may wait for a hash: about two seconds' worth. A flood is turned away instead of queued up. */
const MOST_WAITING = 64;

/** The hash of no password: what a login to an unknown account is compared with, at the same cost. */
const NOBODY = '$2b$10$abcdefghijklmnopqrstuuN2e1S6YvkL4RmWwqbTvTZ1xJYgQmBkq';

/**
 * bcrypt over a keyed digest of the password. bcrypt reads 72 bytes; 64 characters of most scripts have more. The
 * digest, 64 ASCII characters, carries every byte of the password (ASVS 5.0, 6.2.8 and 6.2.9), and its key lives
 * outside of the database.
 */
@Injectable()
export class PasswordHasher {
  private waiting = 0;

  constructor(@Inject(authConfig.KEY) private readonly config: ConfigType<typeof authConfig>) {}

  /** @throws SecurityError `unavailable` if too many others wait */
  hash(password: string): Promise<string> {
    return this.queued(() => bcrypt.hash(this.digest(password), COST));
  }

  /**
   * False for an unknown account (`undefined`), after the same work as for a known one.
   *
   * @throws SecurityError `unavailable` if too many others wait
   */
  async verify(password: string, hash: string | undefined): Promise<boolean> {
    const matches = await this.queued(() => bcrypt.compare(this.digest(password), hash ?? NOBODY));
    return matches && hash !== undefined;
  }

  private async queued<T>(work: () => Promise<T>): Promise<T> {
    if (this.waiting >= MOST_WAITING) {
      throw new SecurityError('unavailable', 'Too many people are signing in. Try again soon.');
    }
    this.waiting += 1;
    try {
      return await work();
    } finally {
      this.waiting -= 1;
    }
  }

  /** One form for what is typed the same on different keyboards (NFKC; NIST SP 800-63B-4 §3.1.1.2). */
  private digest(password: string): string {
    return createHmac('sha384', this.config.passwordPepper)
      .update(password.normalize('NFKC'))
      .digest('base64');
  }
}
