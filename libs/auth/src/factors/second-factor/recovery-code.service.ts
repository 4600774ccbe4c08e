import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { DerivedKeyService } from '../../accounts/credentials/derived-key.service.js';
import { newRecoveryCode, plainRecoveryCode } from './recovery-code-text.js';
import { RecoveryCode } from './recovery-code.entity.js';

/** The recovery codes in one set. */
const CODES_PER_ACCOUNT = 10;

/**
 * Single-use codes that replace a lost factor. The table holds hashes keyed from the pepper: read access to the
 * database allows neither use of a code nor offline guessing (ASVS 5.0, 6.5.2).
 */
@Injectable()
export class RecoveryCodeService {
  constructor(
    private readonly em: EntityManager,
    private readonly keys: DerivedKeyService,
  ) {}

  /** The unused codes of an account. */
  count(accountId: string, em = this.em.fork()): Promise<number> {
    return em.count(RecoveryCode, { accountId });
  }

  /** Issues ten codes and voids the old ones. The transaction of `em` must hold the account's lock. */
  async replace(accountId: string, em: EntityManager): Promise<string[]> {
    await this.clear(accountId, em);
    const codes = Array.from({ length: CODES_PER_ACCOUNT }, newRecoveryCode);
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

  /** Whether a code is valid, without consuming it. */
  async isUnused(accountId: string, typed: string): Promise<boolean> {
    return (await this.em.fork().count(RecoveryCode, this.rowOf(accountId, typed))) === 1;
  }

  /** Consumes a code in the transaction of `em`. One statement deletes it: of concurrent uses, one succeeds. */
  async use(accountId: string, typed: string, em: EntityManager): Promise<boolean> {
    return (await em.nativeDelete(RecoveryCode, this.rowOf(accountId, typed))) === 1;
  }

  private rowOf(accountId: string, typed: string) {
    return { codeHash: this.hashOf(accountId, typed), accountId };
  }

  private hashOf(accountId: string, code: string): string {
    return this.keys.digest('recovery-code', `${accountId}:${plainRecoveryCode(code)}`);
  }
}
