import { EntityManager } from '@mikro-orm/core';
import { type Mail, MailQueue } from '@app/mail';
import { Inject, Injectable } from '@nestjs/common';
import { Account } from '../accounts/account.entity.js';
import { isDue } from '../accounts/account-use.js';
import { MailAllowance } from '../email/mail-allowance.service.js';
import { type Happening, noticeMail } from './notice.mail.js';

/**
 * How many mails of a kind an account is sent within an hour. Each kind is counted for itself: whoever causes many of
 * one cannot keep the owner from being told of another. Strangers can lock an account at will, so one is enough.
 */
const MOST = 3;
const MOST_OF_STRANGERS = 1;

/** Notices by mail, to verified addresses. */
@Injectable()
export class NoticeMails {
  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(MailQueue) private readonly mails: MailQueue,
    @Inject(MailAllowance) private readonly allowance: MailAllowance,
  ) {}

  send(accountId: string, happening: Happening): void {
    // This one goes to the former address, which is the one that has to know.
    if (happening.kind === 'email_changed') return;
    this.mails.add(() => this.write(accountId, happening));
  }

  private async write(accountId: string, happening: Happening): Promise<Mail | undefined> {
    const { kind } = happening;
    const owner = { id: accountId, emailVerifiedAt: { $ne: null } };
    const account = await this.em.fork().findOne(Account, owner);
    if (!account?.email) return undefined;
    // With no grace the wish itself is told of when the account is due already; anything later is not.
    if (isDue(account) && kind !== 'deletion_requested') return undefined;
    const most = kind === 'account_locked' ? MOST_OF_STRANGERS : MOST;
    if (!(await this.allowance.take(`notice:${kind}`, accountId, most))) return undefined;
    return noticeMail({ accountId, to: account.email }, happening);
  }
}
