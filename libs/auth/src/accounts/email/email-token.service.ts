import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { sha256 } from '../credentials/sha256.js';
import { EmailToken, type EmailTokenPurpose } from './email-token.entity.js';

/** The lifetime of a token. Milliseconds. Ten minutes for one that can set a password (ASVS 5.0, 6.5.5). */
const TOKEN_LIFETIME_MS: Readonly<Record<EmailTokenPurpose, number>> = {
  verify: 24 * 3_600_000,
  reset: 10 * 60_000,
};

/** The token as it is mailed. */
export interface IssuedEmailToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Mailed tokens: 256 random bits, stored as hashes, used once, and void once a newer one is issued. */
@Injectable()
export class EmailTokenService {
  constructor(private readonly em: EntityManager) {}

  async issue(
    accountId: string,
    purpose: EmailTokenPurpose,
    email?: string,
    em: EntityManager = this.em.fork(),
  ): Promise<IssuedEmailToken> {
    const token = randomBytes(32).toString('base64url');
    const now = Date.now();
    const expiresAt = new Date(now + TOKEN_LIFETIME_MS[purpose]);
    await em.upsert(
      EmailToken,
      {
        accountId,
        purpose,
        tokenHash: sha256(token),
        email: email ?? null,
        createdAt: new Date(now),
        expiresAt,
      },
      { onConflictFields: ['accountId', 'purpose'], onConflictAction: 'merge' },
    );
    return { token, expiresAt };
  }

  /** The row of a token that is valid now, without consuming it. */
  async find(token: string, purpose: EmailTokenPurpose): Promise<EmailToken | undefined> {
    const found = await this.em
      .fork()
      .findOne(EmailToken, { tokenHash: sha256(token), purpose, expiresAt: { $gt: new Date() } });
    return found ?? undefined;
  }

  /**
   * Consumes a token, in the transaction of `em` if there is one. One statement checks and deletes: of concurrent
   * calls, one gets true.
   */
  async claim(
    token: string,
    purpose: EmailTokenPurpose,
    em: EntityManager = this.em.fork(),
  ): Promise<boolean> {
    const valid = { tokenHash: sha256(token), purpose, expiresAt: { $gt: new Date() } };
    return (await em.nativeDelete(EmailToken, valid)) === 1;
  }

  /** Whether the last token mailed for this purpose is still valid. */
  async isLive(accountId: string, purpose: EmailTokenPurpose, em: EntityManager): Promise<boolean> {
    return (await em.count(EmailToken, { accountId, purpose, expiresAt: { $gt: new Date() } })) > 0;
  }

  /** The address that awaits verification. */
  async pendingEmail(accountId: string): Promise<string | undefined> {
    const row = await this.em
      .fork()
      .findOne(EmailToken, { accountId, purpose: 'verify', expiresAt: { $gt: new Date() } });
    return row?.email ?? undefined;
  }

  /** Voids the tokens mailed for these purposes. */
  async void(
    accountId: string,
    purposes: readonly EmailTokenPurpose[],
    em: EntityManager = this.em.fork(),
  ): Promise<void> {
    await em.nativeDelete(EmailToken, { accountId, purpose: { $in: [...purposes] } });
  }

  async forgetExpired(): Promise<void> {
    await this.em.fork().nativeDelete(EmailToken, { expiresAt: { $lt: new Date() } });
  }
}
