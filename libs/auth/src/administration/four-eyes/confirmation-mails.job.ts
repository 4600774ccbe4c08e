import { type Mail, MailQueue } from '@app/mail';
import { RecurringJob } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Account } from '../../accounts/account.entity.js';
import { MailAllowanceService } from '../../accounts/notices/mail-allowance.service.js';
import { administrationConfig } from '../settings/administration.config.js';
import { confirmationMail } from './confirmation.mail.js';
import { Confirmation } from './confirmation.entity.js';

/** How often requests are looked for: those of commands come from another process. Milliseconds. */
const LOOK_INTERVAL_MS = 2_000;

/** How many requests one step tells of. */
const BATCH = 20;

/** The most administrators who are told of a request. */
const MOST_TOLD = 20;

/** The most mails to an administrator within an hour: one who requests much floods no mailbox. */
const MAX_MAILS = 10;

const REACHABLE_ADMINISTRATORS = {
  role: 'admin',
  disabledAt: null,
  emailVerifiedAt: { $ne: null },
} as const;

/**
 * Tells the administrators who can confirm a request that it waits, by mail to their verified addresses: once for each
 * request, by one of the instances.
 */
@Injectable()
export class ConfirmationMailsJob extends RecurringJob {
  protected readonly log = new Logger('Mail');

  constructor(
    private readonly em: EntityManager,
    private readonly mails: MailQueue,
    private readonly allowance: MailAllowanceService,
    @Inject(administrationConfig.KEY)
    private readonly config: ConfigType<typeof administrationConfig>,
  ) {
    super(LOOK_INTERVAL_MS, 'confirmations.untold');
  }

  protected async run(): Promise<void> {
    if (this.config.fourEyes.length === 0) return;
    await this.inSteps(BATCH, () => this.tellSome());
  }

  private async tellSome(): Promise<number> {
    const found = await this.em
      .fork()
      .find(
        Confirmation,
        { toldAt: null, ...isWaiting() },
        { orderBy: { id: 'asc' }, limit: BATCH },
      );
    for (const one of found) await this.tell(one);
    return found.length;
  }

  private async tell({ id, requesterId, subjectId }: Confirmation): Promise<void> {
    const toldAt = new Date();
    const isMine = await this.em
      .fork()
      .nativeUpdate(Confirmation, { id, toldAt: null }, { toldAt });
    if (isMine === 0) return;
    const administrators = await this.em.fork().find(Account, REACHABLE_ADMINISTRATORS, {
      fields: ['id'],
      orderBy: { id: 'asc' },
      limit: MOST_TOLD,
    });
    for (const { id: accountId } of administrators) {
      if (accountId === requesterId || accountId === subjectId) continue;
      this.mails.add(() => this.write(id, accountId));
    }
  }

  /** None if it has been answered meanwhile. */
  private async write(id: string, accountId: string): Promise<Mail | undefined> {
    const em = this.em.fork();
    const waiting = await em.findOne(Confirmation, { id, ...isWaiting() });
    const account = await em.findOne(Account, { id: accountId, ...REACHABLE_ADMINISTRATORS });
    if (!waiting || !account?.email) return undefined;
    if ((await this.allowance.take('confirmation', accountId, MAX_MAILS)) > 0) return undefined;
    return confirmationMail({ accountId, to: account.email }, waiting);
  }
}

function isWaiting() {
  return { confirmedAt: null, usedAt: null, expiresAt: { $gt: new Date() } };
}
