import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import bcrypt from 'bcrypt';
import { createHmac } from 'node:crypto';
import { authConfig } from '../auth.config.js';

/** The work factor: 2^10 rounds, the least that ASVS 5.0 (appendix C) approves for bcrypt. */
const COST = 10;

/** The hash of no password: what a login to an unknown account is compared with, at the same cost. */
const NOBODY = '$2b$10$abcdefghijklmnopqrstuuN2e1S6YvkL4RmWwqbTvTZ1xJYgQmBkq';

/**
 * bcrypt over a keyed digest of the password. bcrypt reads 72 bytes; 64 characters of most scripts have more. The
 * digest, 64 ASCII characters, carries every byte of the password (ASVS 5.0, 6.2.8 and 6.2.9), and its key lives
 * outside of the database.
 */
@Injectable()
export class PasswordHasher {
  constructor(@Inject(authConfig.KEY) private readonly config: ConfigType<typeof authConfig>) {}

  hash(password: string): Promise<string> {
    return bcrypt.hash(this.digest(password), COST);
  }

  /** False for an unknown account (`undefined`), after the same work as for a known one. */
  async verify(password: string, hash: string | undefined): Promise<boolean> {
    const matches = await bcrypt.compare(this.digest(password), hash ?? NOBODY);
    return matches && hash !== undefined;
  }

  /** One form for what is typed the same on different keyboards (NFKC; NIST SP 800-63B-4 §3.1.1.2). */
  private digest(password: string): string {
    return createHmac('sha384', this.config.passwordPepper)
      .update(password.normalize('NFKC'))
      .digest('base64');
  }
}
