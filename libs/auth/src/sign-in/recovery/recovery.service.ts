import type { ClientOrigin } from '@app/access';
import { EntityManager, LockMode } from '@mikro-orm/core';
import { type Mail, mailConfig, MailQueue } from '@app/mail';
import { caseFold } from '@app/security';
import { tagRequestAccount } from '@app/logging';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { randomInt } from 'node:crypto';
import { notPastDeletion } from '../../accounts/account-state.js';
import { Account } from '../../accounts/account.entity.js';
import { turnOf } from '../../accounts/credentials/turn-of.js';
import {
  EmailTokenService,
  type IssuedEmailToken,
} from '../../accounts/email/email-token.service.js';
import { PasswordService } from '../password/password.service.js';
import { SignInError } from '../sign-in.error.js';
import type { ResetPasswordDto } from './recovery.dto.js';
import { resetMail } from './recovery.mails.js';

/**
 * The random delay of the work on a mail. Milliseconds. A known address causes more work, and without the delay an
 * attacker could time the next request to measure it.
 */
const MAIL_DELAY_MS = { least: 50, most: 500 };

/**
 * Resets a forgotten password. The token proves access to the verified mailbox only, so a reset opens no session, and
 * the next sign-in still requires the second factor (ASVS 5.0, 6.4.3).
 */
@Injectable()
export class RecoveryService {
  private readonly log = new Logger('Recovery');

  constructor(
    private readonly em: EntityManager,
    private readonly tokens: EmailTokenService,
    private readonly mails: MailQueue,
    private readonly passwords: PasswordService,
    @Inject(mailConfig.KEY) private readonly mail: ConfigType<typeof mailConfig>,
  ) {}

  /**
   * All work that depends on the address runs in the background, so that the response does not reveal whether it is
   * known.
   */
  begin(email: string): void {
    this.mails.add(() => this.writeMail(email), randomInt(MAIL_DELAY_MS.least, MAIL_DELAY_MS.most));
  }

  /**
   * Sets the password, ends all sessions, forgets all known devices, clears the password counter of unknown devices and
   * notifies the owner.
   *
   * @throws SignInError `invalid_reset_token` for every flaw of the token; AccountError `weak_password`, after which
   * the token remains valid
   */
  async reset({ token, password }: ResetPasswordDto, client: ClientOrigin): Promise<void> {
    const row = await this.tokens.find(token, 'reset');
    const account = row && (await this.em.fork().findOne(Account, ownerOf(row.accountId)));
    if (!account) throw this.refused();
    tagRequestAccount(account.id);
    await this.passwords.assertAcceptable(account, password, turnOf(client));
    const isReset = await this.passwords.replace(account, password, 'password_reset', client, {
      claim: (em) => this.tokens.claim(token, 'reset', em),
    });
    if (!isReset) throw this.refused();
  }

  /** Sent to the stored address, which may differ from the typed one in case. */
  private async writeMail(email: string): Promise<Mail | undefined> {
    const account = await this.em.fork().findOne(Account, ownerOfAddress(email));
    if (!account?.email) return undefined;
    const issued = await this.issueFor(account.id, account.email);
    const addressee = { accountId: account.id, to: account.email };
    return issued && resetMail(addressee, account.username, issued, this.mail.appLink);
  }

  /**
   * Issues no token while the last one is valid. This prevents both flooding of the mailbox and denial of the reset by
   * repeated requests: if no mail is sent, the previous token still works.
   *
   * Issues none either if the account's address has changed meanwhile: the change voids the existing tokens, and one
   * issued after it would remain usable in the former mailbox.
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

  private refused(): SignInError {
    this.log.warn({ event: 'auth.mail_token.refused', reason: 'reset' });
    return new SignInError(
      'invalid_reset_token',
      'This link or code is not valid any more. Ask for a new mail.',
    );
  }
}

/** The password of a disabled account cannot be reset; accounts past their deletion date are treated as unknown. */
function canRecover() {
  return { emailVerifiedAt: { $ne: null }, disabledAt: null, ...notPastDeletion() };
}

function ownerOf(accountId: string) {
  return { id: accountId, ...canRecover() };
}

function ownerOfAddress(email: string) {
  return { emailKey: caseFold(email), ...canRecover() };
}
