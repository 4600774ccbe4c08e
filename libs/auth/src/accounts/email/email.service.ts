import type { ClientOrigin } from '@app/access';
import { EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core';
import { mailConfig, MailQueue } from '@app/mail';
import { caseFold, SecurityError } from '@app/security';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { notPastDeletion } from '../account-state.js';
import { Account } from '../account.entity.js';
import { AccountError } from '../account.error.js';
import { MailAllowanceService } from '../notices/mail-allowance.service.js';
import { SecurityNoticeService } from '../notices/security-notice.service.js';
import { EmailTokenService, type IssuedEmailToken } from './email-token.service.js';
import { emailConfig } from './email.config.js';
import { formerAddressMail, takenMail, verifyMail } from './email.mails.js';

/** The most mails that an account may cause within an hour, in total and to one email address. */
const MAX_MAILS_PER_ACCOUNT = 5;
const MAX_MAILS_TO_ONE_ADDRESS = 3;

/**
 * The most mails to one email address within an hour, from all accounts. Far above the limit of one account, so that a
 * few accounts created for the purpose cannot exhaust it and keep the owner from receiving mail.
 */
const MAX_MAILS_PER_CLIENT_ADDRESS = 20;

/**
 * The email address of an account. It is pending, and reserves nothing, until the token mailed to it has been returned.
 * Only a mail to the address reveals whether it has an account.
 */
@Injectable()
export class EmailService {
  private readonly log = new Logger('Email');

  constructor(
    private readonly em: EntityManager,
    private readonly tokens: EmailTokenService,
    private readonly allowance: MailAllowanceService,
    private readonly mails: MailQueue,
    private readonly notices: SecurityNoticeService,
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
   * Makes an address pending and sends a mail to it; the caller cannot tell whether another account has it.
   *
   * @throws SecurityError `rate_limited`
   */
  async change(accountId: string, email: string): Promise<void> {
    // Counted before a token is issued, because that voids the token mailed before.
    const retryAfter = await this.count(accountId, email);
    if (retryAfter > 0) {
      const message = 'Too many mails were asked for. Try again later.';
      throw new SecurityError('rate_limited', message, { retryAfter });
    }
    this.write(accountId, email, await this.tokens.issue(accountId, 'verify', email));
  }

  /**
   * Makes the address of a new account pending, in the transaction of `em` that creates the account.
   *
   * @returns sends the mail, to be called after the commit; it does not throw, because the account exists by then
   */
  async begin(em: EntityManager, accountId: string, email: string): Promise<() => Promise<void>> {
    const issued = await this.tokens.issue(accountId, 'verify', email, em);
    return async () => {
      // The first mail of an account is always allowed; it counts against later ones if the counters can be reached.
      await this.count(accountId, email).catch(() => 0);
      this.write(accountId, email, issued);
    };
  }

  /** Counts a mail. @returns 0, or the seconds to wait if the account has caused too many */
  private async count(accountId: string, email: string): Promise<number> {
    const pair = `${accountId} ${caseFold(email)}`;
    const wait = await this.allowance.take('account', accountId, MAX_MAILS_PER_ACCOUNT);
    return wait > 0 ? wait : this.allowance.take('pair', pair, MAX_MAILS_TO_ONE_ADDRESS);
  }

  private write(accountId: string, email: string, issued: IssuedEmailToken): void {
    const emailKey = caseFold(email);
    this.mails.add(async () => {
      const mayWrite =
        (await this.allowance.take('address', emailKey, MAX_MAILS_PER_CLIENT_ADDRESS)) === 0;
      const em = this.em.fork();
      const isKnown = await em.count(Account, { id: accountId, ...notPastDeletion() });
      const others = await em.count(Account, { emailKey, id: { $ne: accountId } });
      if (!mayWrite || isKnown === 0) return undefined;
      const addressee = { accountId, to: email };
      return others > 0 ? takenMail(addressee) : verifyMail(addressee, issued, this.mail.appLink);
    });
  }

  /**
   * Requires the token and a session of the account that set the address. The token alone is not enough: a third party
   * could create an account with a foreign address, and its owner would confirm it unknowingly.
   *
   * @throws AccountError `invalid_email_token` for every flaw of the token, also if it belongs to another account
   */
  async verify(accountId: string, token: string, client: ClientOrigin): Promise<void> {
    const pending = await this.tokens.find(token, 'verify');
    if (!pending?.email || pending.accountId !== accountId) throw this.refused();
    const { email } = pending;
    const former = await this.em
      .fork()
      .transactional(async (em) => {
        if (!(await this.tokens.claim(token, 'verify', em))) throw this.refused();
        const account = await em.findOneOrFail(Account, { id: accountId });
        const before = account.email;
        Object.assign(account, {
          email,
          emailKey: caseFold(email),
          emailVerifiedAt: new Date(),
        });
        await em.flush();
        // A reset token in the former mailbox must not remain usable.
        await this.tokens.void(accountId, ['reset'], em);
        return before;
      })
      .catch((error: unknown) => {
        // Another account has verified the address since the mail was sent.
        throw error instanceof UniqueConstraintViolationException ? this.refused() : error;
      });
    await this.tellOf(accountId, former, email, client);
  }

  /** @throws AccountError `email_required` */
  async remove(accountId: string, client: ClientOrigin): Promise<void> {
    if (this.config.isRequired) {
      throw new AccountError('email_required', 'An account needs an address. Name another one.');
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

  private refused(): AccountError {
    this.log.warn({ event: 'auth.mail_token.refused', reason: 'verify' });
    return new AccountError(
      'invalid_email_token',
      'This link or code is not valid any more. Ask for a new mail.',
    );
  }
}
