import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { createHmac, hkdfSync } from 'node:crypto';
import { authConfig } from '../auth.config.js';
import { newRecoveryCode, plainRecoveryCode } from './recovery-code-text.js';
import { RecoveryCode } from './recovery-code.entity.js';

/** How many an account has at a time. */
const AT_A_TIME = 10;

/**
 * Codes that stand in for a lost phone, each once. The table holds keyed hashes, and the key comes from the pepper: who
 * reads the database can neither use a code nor try whether a guess is one (ASVS 5.0, 6.5.2).
 */
@Injectable()
export class RecoveryCodes {
  private readonly key: Buffer;

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(authConfig.KEY) config: ConfigType<typeof authConfig>,
  ) {
    this.key = Buffer.from(hkdfSync('sha256', config.passwordPepper, '', 'recovery-code', 32));
  }

  /** How many an account has left. */
  count(accountId: string, em = this.em.fork()): Promise<number> {
    return em.count(RecoveryCode, { accountId });
  }

  /** Ten new codes; the old ones are void. Only in a transaction that holds the account's lock. */
  async replace(accountId: string, em: EntityManager): Promise<string[]> {
    await this.clear(accountId, em);
    const codes = Array.from({ length: AT_A_TIME }, newRecoveryCode);
    const createdAt = new Date();
    await em.insertMany(
      RecoveryCode,
      codes.map((code) => ({ codeHash: this.hashOf(accountId, code), accountId, createdAt })),
    );
    return codes;
  }

  async clear(accountId: string, em: EntityManager): Promise<void> {
    await em.nativeDelete(RecoveryCode, { accountId });
  }

  /** Uses a code up. Deleting it is one statement: of any number of simultaneous uses, one finds it there. */
  async use(accountId: string, typed: string): Promise<boolean> {
    const code = plainRecoveryCode(typed);
    if (!code) return false;
    const codeHash = this.hashOf(accountId, code);
    return (await this.em.fork().nativeDelete(RecoveryCode, { codeHash, accountId })) === 1;
  }

  private hashOf(accountId: string, code: string): string {
    return createHmac('sha256', this.key)
      .update(`${accountId}:${plainRecoveryCode(code)}`)
      .digest('base64url');
  }
}
