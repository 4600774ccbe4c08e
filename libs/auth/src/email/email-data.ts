import { EntityManager } from '@mikro-orm/core';
import { KeptMails } from '@app/mail';
import { Inject, Injectable } from '@nestjs/common';
import { Account } from '../accounts/account.entity.js';
import { EmailToken } from './email-token.entity.js';

/** Addresses that are not verified yet, and the mails to a person that were never sent. */
@Injectable()
export class EmailData {
  readonly tables: readonly string[] = ['email_tokens'];
  /** Each instance has an outbox of its own. */
  readonly isPerInstance = true;

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(KeptMails) private readonly mails: KeptMails,
  ) {}

  async exportOf(userId: string): Promise<object> {
    const tokens = await this.em
      .fork()
      .find(EmailToken, { accountId: userId }, { orderBy: { createdAt: 'asc' } });
    return {
      pending: tokens.map(({ purpose, email, createdAt, expiresAt }) => ({
        purpose,
        email: email ?? null,
        createdAt,
        expiresAt,
      })),
      unsent: await this.mails.list(userId),
    };
  }

  owners(): Promise<string[]> {
    return this.mails.owners();
  }

  /**
   * By the account, so that mails to former addresses are found; by its addresses also what others had written to
   * them. The rows go with the account, which is what tells the other instances the addresses meanwhile.
   */
  async erase(userId: string): Promise<void> {
    const em = this.em.fork();
    const account = await em.findOne(Account, { id: userId });
    const tokens = await em.find(EmailToken, { accountId: userId });
    const addresses = [account?.email, ...tokens.map(({ email }) => email)];
    await this.mails.forget(
      userId,
      addresses.filter((address) => typeof address === 'string'),
    );
  }
}
