import { EntityManager, LockMode } from '@mikro-orm/core';
import { type Mail, mailConfig, MailQueue } from '@app/mail';
import { foldedName } from '@app/security';
import { noteAccount } from '@app/logging';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { randomInt } from 'node:crypto';
import { Account } from '../accounts/account.entity.js';
import { notDue } from '../accounts/account-use.js';
import { AuthError } from '../auth.error.js';
import type { ClientOrigin } from '../clients/client.decorator.js';
import { EmailTokens, type IssuedEmailToken } from '../email/email-tokens.service.js';
import { PasswordService } from '../password/password.service.js';
import type { ResetPasswordDto } from './recovery.dto.js';
import { resetMail } from './recovery.mails.js';

/**
 * How long the work on a mail is put off, at random. Milliseconds. It is more where the address is known, and without
 * this the next request would meet it at a moment that its sender can choose.
 */
const PUT_OFF = { least: 50, most: 500 };

/**
 * A new password for somebody who has forgotten theirs. It proves that its owner reads the verified mailbox, and
 * nothing more: it opens no session, and a second factor is asked for at the next sign-in as ever (ASVS 5.0, 6.4.3).
 */
@Injectable()
export class RecoveryService {
  private readonly log = new Logger('Recovery');

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(EmailTokens) private readonly tokens: EmailTokens,
    @Inject(MailQueue) private readonly mails: MailQueue,
    @Inject(PasswordService) private readonly passwords: PasswordService,
    @Inject(mailConfig.KEY) private readonly mail: ConfigType<typeof mailConfig>,
  ) {}

  /** Everything that depends on the address is left to the background: the answer has no part in it. */
  begin(email: string): void {
    this.mails.add(() => this.writeMail(email), randomInt(PUT_OFF.least, PUT_OFF.most));
  }

  /**
   * Ends all sessions, forgets all devices, lets strangers try again and tells the owner.
   *
   * @throws AuthError `invalid_reset_token`, whatever is wrong with it; `weak_password`, after which the token can
   * still be used
   */
  async reset({ token, password }: ResetPasswordDto, client: ClientOrigin): Promise<void> {
    const row = await this.tokens.find(token, 'reset');
    const account = row && (await this.em.fork().findOne(Account, ownerOf(row.accountId)));
    if (!account) throw this.refused();
    noteAccount(account.id);
    await this.passwords.assertAcceptable(account, password);
    const isReset = await this.passwords.replace(account, password, 'password_reset', client, {
      claim: (em) => this.tokens.claim(token, 'reset', em),
    });
    if (!isReset) throw this.refused();
  }

  /** To the address of the account, not to the one that was typed: they may differ in case. */
  private async writeMail(email: string): Promise<Mail | undefined> {
    const account = await this.em.fork().findOne(Account, ownerOfAddress(email));
    if (!account?.email) return undefined;
    const issued = await this.issueFor(account.id, account.email);
    const addressee = { accountId: account.id, to: account.email };
    return issued && resetMail(addressee, account.username, issued, this.mail.appLink);
  }

  /**
   * Nothing as long as the token of the last mail can be used, whoever asks. So nobody floods the mailbox, and nobody
   * who asks in the owner's name keeps them from a new password: where no mail comes, there is a token that works.
   *
   * Nothing either for an address that the account has changed meanwhile, or is changing: that voids the tokens that
   * are there, and one that came after it would live on in the former mailbox.
   */
  private issueFor(accountId: string, email: string): Promise<IssuedEmailToken | undefined> {
    return this.em.fork().transactional(async (em) => {
      const lock = { lockMode: LockMode.PESSIMISTIC_WRITE };
      const still = { id: accountId, ...ownerOfAddress(email) };
      if (!(await em.findOne(Account, still, lock))) return undefined;
      if (await this.tokens.isLive(accountId, 'reset', em)) return undefined;
      return this.tokens.issue(accountId, 'reset', undefined, em);
    });
  }

  private refused(): AuthError {
    this.log.warn({ event: 'auth.mail_token.refused', reason: 'reset' });
    return new AuthError(
      'invalid_reset_token',
      'This link or code is not valid any more. Ask for a new mail.',
    );
  }
}

/** Of accounts that are switched off no password is set, and those whose time has come are unknown. */
function canRecover() {
  return { emailVerifiedAt: { $ne: null }, disabledAt: null, ...notDue() };
}

function ownerOf(accountId: string) {
  return { id: accountId, ...canRecover() };
}

function ownerOfAddress(email: string) {
  return { emailKey: foldedName(email), ...canRecover() };
}
