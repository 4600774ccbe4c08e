import { EntityManager } from '@mikro-orm/core';
import { KeptMails } from '@app/mail';
import { Injectable } from '@nestjs/common';
import { Account } from '../accounts/account.entity.js';
import { EmailToken } from '../accounts/email/email-token.entity.js';

/** The pending email addresses of an account, and its unsent mails. */
@Injectable()
export class EmailDataSource {
  readonly tables: readonly string[] = ['email_tokens'];
  /** Each instance has its own outbox. */
  readonly isPerInstance = true;

  constructor(
    private readonly em: EntityManager,
    private readonly mails: KeptMails,
  ) {}

  async exportOf(accountId: string): Promise<object> {
    const tokens = await this.em
      .fork()
      .find(EmailToken, { accountId }, { orderBy: { createdAt: 'asc' } });
    return {
      pending: tokens.map(({ purpose, email, createdAt, expiresAt }) => ({
        purpose,
        email: email ?? null,
        createdAt,
        expiresAt,
      })),
      unsent: await this.mails.list(accountId),
    };
  }

  owners(): Promise<string[]> {
    return this.mails.owners();
  }

  /**
   * Deletes mails by account, which covers former addresses, and by address, which covers mails that other accounts
   * caused. The token rows are deleted with the account: until then the other instances read the addresses from them.
   */
  async erase(accountId: string): Promise<void> {
    const em = this.em.fork();
    const account = await em.findOne(Account, { id: accountId });
    const tokens = await em.find(EmailToken, { accountId });
    const addresses = [account?.email, ...tokens.map(({ email }) => email)];
    await this.mails.forget(
      accountId,
      addresses.filter((address) => typeof address === 'string'),
    );
  }
}
