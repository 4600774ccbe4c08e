import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { createHmac } from 'node:crypto';
import { credentialsConfig } from './credentials.config.js';
import { deriveKey } from './derive-key.js';

/** The purposes of derived keys. Renaming one makes the data stored under it unreadable. */
export type KeyPurpose =
  | 'guess-counters'
  | 'mail-allowance'
  | 'recovery-code'
  | 'refresh-token-successor'
  | 'sealed:challenge-data'
  | 'sealed:connection-attempt'
  | 'sealed:oauth-client'
  | 'sealed:server-grant'
  | 'sealed:totp-secret';

/** Keys derived from the pepper, which is not in the database: one per purpose, derived at the first use. */
@Injectable()
export class DerivedKeyService {
  private readonly keys = new Map<KeyPurpose, Buffer>();

  constructor(
    @Inject(credentialsConfig.KEY) private readonly config: ConfigType<typeof credentialsConfig>,
  ) {}

  keyOf(purpose: KeyPurpose): Buffer {
    let key = this.keys.get(purpose);
    if (!key) {
      key = deriveKey(this.config.passwordPepper, purpose);
      this.keys.set(purpose, key);
    }
    return key;
  }

  /** HMAC-SHA-256 in base64url: without the pepper it can be neither computed nor searched by brute force. */
  digest(purpose: KeyPurpose, text: string): string {
    return createHmac('sha256', this.keyOf(purpose)).update(text).digest('base64url');
  }
}
