import { EntityManager } from '@mikro-orm/core';
import { type Mail, MailQueue } from '@app/mail';
import { Injectable } from '@nestjs/common';
import { isPastDeletion } from '../account-state.js';
import { Account } from '../account.entity.js';
import { MailAllowanceService } from './mail-allowance.service.js';
import { type Happening, noticeMail } from './notice.mail.js';

/**
 * The most mails of one kind to an account within an hour. Each kind is counted separately, so that many notices of one
 * kind cannot suppress another. A lock can be caused without authentication, so its limit is one.
 */
const MAX_MAILS = 3;
const MAX_MAILS_BY_UNKNOWN_DEVICES = 1;

/** Notices by mail, to verified addresses. */
@Injectable()
export class NoticeMailService {
  constructor(
    private readonly em: EntityManager,
    private readonly mails: MailQueue,
    private readonly allowance: MailAllowanceService,
  ) {}

  send(accountId: string, happening: Happening): void {
    // EmailService sends this notice to the former address.
    if (happening.kind === 'email_changed') return;
    this.mails.add(() => this.write(accountId, happening));
  }

  private async write(accountId: string, happening: Happening): Promise<Mail | undefined> {
    const { kind } = happening;
    const owner = { id: accountId, emailVerifiedAt: { $ne: null } };
    const account = await this.em.fork().findOne(Account, owner);
    if (!account?.email) return undefined;
    // Without a grace period the account is past its deletion date when this notice is sent; later ones are suppressed.
    if (isPastDeletion(account) && kind !== 'deletion_requested') return undefined;
    const most = kind === 'account_locked' ? MAX_MAILS_BY_UNKNOWN_DEVICES : MAX_MAILS;
    if ((await this.allowance.take(`notice:${kind}`, accountId, most)) > 0) return undefined;
    return noticeMail({ accountId, to: account.email }, happening);
  }
}
