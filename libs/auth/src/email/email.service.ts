import { EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core';
import { mailConfig, MailQueue } from '@app/mail';
import { foldedName, SecurityError } from '@app/security';
import { noteAccount } from '@app/logging';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Account } from '../accounts/account.entity.js';
import { notDue } from '../accounts/account-use.js';
import { AuthError } from '../auth.error.js';
import type { ClientOrigin } from '../clients/client.decorator.js';
import { SecurityNotices } from '../notices/security-notices.service.js';
import { emailConfig } from './email.config.js';
import { formerAddressMail, takenMail, verifyMail } from './email.mails.js';
import { EmailTokens } from './email-tokens.service.js';
import { MailAllowance } from './mail-allowance.service.js';

/** How many mails an account may cause within an hour, and how many of them to one address. */
const MOST_PER_ACCOUNT = 5;
const MOST_TO_ONE_ADDRESS = 3;

/**
 * How many mails an address may be sent within an hour, whoever names it. It is much more than one account can cause:
 * a few accounts made for it must not use up what the owner of the address needs.
 */
const MOST_PER_ADDRESS = 20;

/**
 * The address of an account. It counts once the mail to it has been answered; until then it is pending, and belongs
 * to nobody. Whether an address has an account is told to the address alone.
 */
@Injectable()
export class EmailService {
  private readonly log = new Logger('Email');

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(EmailTokens) private readonly tokens: EmailTokens,
    @Inject(MailAllowance) private readonly allowance: MailAllowance,
    @Inject(MailQueue) private readonly mails: MailQueue,
    @Inject(SecurityNotices) private readonly notices: SecurityNotices,
    @Inject(mailConfig.KEY) private readonly mail: ConfigType<typeof mailConfig>,
    @Inject(emailConfig.KEY) private readonly config: ConfigType<typeof emailConfig>,
  ) {}

  /**
   * Refuses a registration without an address where one is required.
   *
   * @throws SecurityError `invalid_input`
   */
  assertGiven(email: string | undefined): void {
    if (email !== undefined || !this.config.isRequired) return;
    throw SecurityError.invalidInput([{ field: 'email', message: 'email is required' }]);
  }

  /**
   * Makes an address pending and writes to it; the same whether or not another account has it.
   *
   * @throws SecurityError `rate_limited`
   */
  async change(accountId: string, email: string): Promise<void> {
    const emailKey = foldedName(email);
    // Before a token is issued: it would void the one that was mailed before it.
    const isAllowed =
      (await this.allowance.take('account', accountId, MOST_PER_ACCOUNT)) &&
      (await this.allowance.take('pair', `${accountId} ${emailKey}`, MOST_TO_ONE_ADDRESS));
    if (!isAllowed) {
      throw new SecurityError('rate_limited', 'Too many mails were asked for. Try in an hour.');
    }
    const issued = await this.tokens.issue(accountId, 'verify', email);
    this.mails.add(async () => {
      const mayWrite = await this.allowance.take('address', emailKey, MOST_PER_ADDRESS);
      const em = this.em.fork();
      const isKnown = await em.count(Account, { id: accountId, ...notDue() });
      const others = await em.count(Account, { emailKey, id: { $ne: accountId } });
      if (!mayWrite || isKnown === 0) return undefined;
      const addressee = { accountId, to: email };
      return others > 0 ? takenMail(addressee) : verifyMail(addressee, issued, this.mail.appLink);
    });
  }

  /** @throws AuthError `invalid_email_token`, whatever is wrong with it */
  async verify(token: string, client: ClientOrigin): Promise<void> {
    const pending = await this.tokens.find(token, 'verify');
    if (!pending?.email) throw this.refused();
    const { accountId, email } = pending;
    const isKnown = await this.em.fork().count(Account, { id: accountId, ...notDue() });
    if (isKnown === 0) throw this.refused();
    noteAccount(accountId);
    const former = await this.em
      .fork()
      .transactional(async (em) => {
        if (!(await this.tokens.claim(token, 'verify', em))) throw this.refused();
        const account = await em.findOneOrFail(Account, { id: accountId });
        const before = account.email;
        Object.assign(account, {
          email,
          emailKey: foldedName(email),
          emailVerifiedAt: new Date(),
        });
        await em.flush();
        // Whoever read the former mailbox must not be able to reset the password with what is still in there.
        await this.tokens.void(accountId, ['reset'], em);
        return before;
      })
      .catch((error: unknown) => {
        // It has become somebody else's since the mail was sent.
        throw error instanceof UniqueConstraintViolationException ? this.refused() : error;
      });
    await this.tellOf(accountId, former, email, client);
  }

  /** @throws AuthError `email_required` */
  async remove(accountId: string, client: ClientOrigin): Promise<void> {
    if (this.config.isRequired) {
      throw new AuthError('email_required', 'An account needs an address. Name another one.');
    }
    const em = this.em.fork();
    const { email } = await em.findOneOrFail(Account, { id: accountId });
    const nothing = { email: null, emailKey: null, emailVerifiedAt: null };
    await em.nativeUpdate(Account, { id: accountId }, nothing);
    await this.tokens.void(accountId, ['verify', 'reset']);
    await this.tellOf(accountId, email, undefined, client);
  }

  private async tellOf(
    accountId: string,
    former: string | null | undefined,
    email: string | undefined,
    client: ClientOrigin,
  ): Promise<void> {
    if (former === email || (!former && !email)) return;
    await this.notices.tell(accountId, 'email_changed', { ip: client.ip });
    if (!former) return;
    const mail = formerAddressMail({ accountId, to: former }, email ? 'changed' : 'removed');
    this.mails.add(() => Promise.resolve(mail));
  }

  private refused(): AuthError {
    this.log.warn({ event: 'auth.mail_token.refused', reason: 'verify' });
    return new AuthError(
      'invalid_email_token',
      'This link or code is not valid any more. Ask for a new mail.',
    );
  }
}
