import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { hashOf } from '../tokens/token-hash.js';
import { EmailToken, type EmailTokenPurpose } from './email-token.entity.js';

/** How long a token can be used. Milliseconds. Ten minutes for one that lets somebody in (ASVS 5.0, 6.5.5). */
const LIFETIME: Readonly<Record<EmailTokenPurpose, number>> = {
  verify: 24 * 3_600_000,
  reset: 10 * 60_000,
};

/** A token as the mail has it. */
export interface IssuedEmailToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Tokens that are mailed: 256 random bits, stored as hashes, used once, and void as soon as there is a newer one. */
@Injectable()
export class EmailTokens {
  constructor(@Inject(EntityManager) private readonly em: EntityManager) {}

  async issue(
    accountId: string,
    purpose: EmailTokenPurpose,
    email?: string,
    em: EntityManager = this.em.fork(),
  ): Promise<IssuedEmailToken> {
    const token = randomBytes(32).toString('base64url');
    const now = Date.now();
    const expiresAt = new Date(now + LIFETIME[purpose]);
    await em.upsert(
      EmailToken,
      {
        accountId,
        purpose,
        tokenHash: hashOf(token),
        email: email ?? null,
        createdAt: new Date(now),
        expiresAt,
      },
      { onConflictFields: ['accountId', 'purpose'], onConflictAction: 'merge' },
    );
    return { token, expiresAt };
  }

  /** The row of a token that is valid now; looking at it does not use it up. */
  async find(token: string, purpose: EmailTokenPurpose): Promise<EmailToken | undefined> {
    const found = await this.em
      .fork()
      .findOne(EmailToken, { tokenHash: hashOf(token), purpose, expiresAt: { $gt: new Date() } });
    return found ?? undefined;
  }

  /**
   * Uses a token up, in the transaction of `em` if there is one. Check and use are one statement: of any number of
   * simultaneous uses, one gets true.
   */
  async claim(
    token: string,
    purpose: EmailTokenPurpose,
    em: EntityManager = this.em.fork(),
  ): Promise<boolean> {
    const valid = { tokenHash: hashOf(token), purpose, expiresAt: { $gt: new Date() } };
    return (await em.nativeDelete(EmailToken, valid)) === 1;
  }

  /** Whether what was mailed last for this purpose can still be used. */
  async isLive(accountId: string, purpose: EmailTokenPurpose, em: EntityManager): Promise<boolean> {
    return (await em.count(EmailToken, { accountId, purpose, expiresAt: { $gt: new Date() } })) > 0;
  }

  /** The address that an account has named and not verified yet. */
  async pendingEmail(accountId: string): Promise<string | undefined> {
    const row = await this.em
      .fork()
      .findOne(EmailToken, { accountId, purpose: 'verify', expiresAt: { $gt: new Date() } });
    return row?.email ?? undefined;
  }

  /** Voids what was mailed for these purposes. */
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
