import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { Account } from '../accounts/account.entity.js';
import { lockedAccount } from '../accounts/locked-account.js';
import { AuthError } from '../auth.error.js';
import type { ClientOrigin } from '../clients/client.decorator.js';
import { PasswordHasher } from '../credentials/password-hasher.service.js';
import { PasswordPolicy } from '../credentials/password-policy.service.js';
import { Guessing } from '../guessing/guessing.service.js';
import type { NoticeKind } from '../notices/security-notice.entity.js';
import { SecurityNotices } from '../notices/security-notices.service.js';
import { Eviction, type Kept } from '../sessions/eviction.service.js';
import { type RevocationReason, Session } from '../sessions/session.entity.js';
import { SessionService } from '../sessions/session.service.js';
import { SessionReplacement } from '../sign-in/session-replacement.service.js';
import type { TokensView } from '../sign-in/tokens.view.js';
import { StepUpService } from '../step-up/step-up.service.js';
import type { Principal } from '../tokens/principal.js';
import type { ChangePasswordDto } from './change-password.dto.js';

export interface PasswordReplacement {
  readonly keep?: Kept;
  /** Uses up, in the transaction of `em`, what allows the replacement. */
  readonly claim?: (em: EntityManager) => Promise<boolean>;
}

/** New passwords for accounts that there are. */
@Injectable()
export class PasswordService {
  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(StepUpService) private readonly stepUp: StepUpService,
    @Inject(PasswordPolicy) private readonly policy: PasswordPolicy,
    @Inject(PasswordHasher) private readonly passwords: PasswordHasher,
    @Inject(SessionService) private readonly sessions: SessionService,
    @Inject(Eviction) private readonly eviction: Eviction,
    @Inject(SessionReplacement) private readonly replacement: SessionReplacement,
    @Inject(Guessing) private readonly guessing: Guessing,
    @Inject(SecurityNotices) private readonly notices: SecurityNotices,
  ) {}

  /**
   * Needs the current password (ASVS 5.0, 6.2.3), ends all other sessions (7.4.3), and replaces the one that asks: its
   * person has just been authenticated again (7.2.4).
   *
   * @throws AuthError `invalid_credentials`, `too_many_attempts`, `weak_password`, `account_required`, `session_ended`
   */
  async change(
    principal: Principal,
    { currentPassword, newPassword }: ChangePasswordDto,
    client: ClientOrigin,
  ): Promise<TokensView> {
    const { userId, sessionId } = principal;
    const session = await this.em
      .fork()
      .findOneOrFail(Session, { id: sessionId, account: userId }, { populate: ['account'] });
    const { account, knownDeviceId } = session;
    if (account.isAnonymous) throw new AuthError('account_required', 'Create an account first.');
    await this.stepUp.assertPassword(principal, account, currentPassword, client);
    await this.assertAcceptable(account, newPassword, 'newPassword');
    const isReplaced = await this.replace(account, newPassword, 'password_changed', client, {
      keep: { sessionId, deviceId: knownDeviceId ?? undefined },
    });
    if (!isReplaced) throw AuthError.wrongPassword();
    return this.replacement.replace(principal, { method: 'pwd', isSecondFactor: false }, client);
  }

  /** @throws AuthError `weak_password` */
  assertAcceptable(account: Account, password: string, field = 'password'): Promise<void> {
    const mailName = account.email?.split('@')[0];
    const names = [account.username, ...(mailName ? [mailName] : [])];
    return this.policy.assertAcceptable(password, names, field);
  }

  /**
   * Sets the password, takes the account back from everybody but `keep`, lets strangers try again, and tells the owner.
   * False, and nothing has happened, if the password is not the one of `seen` any more or the `claim` fails.
   */
  async replace(
    seen: Account,
    password: string,
    because: NoticeKind & RevocationReason,
    client: ClientOrigin,
    { keep = {}, claim }: PasswordReplacement,
  ): Promise<boolean> {
    // First: it waits its turn, and may be turned away, while nothing has been used up.
    const passwordHash = await this.passwords.hash(password);
    const ended = await this.em.fork().transactional(async (em) => {
      const account = await lockedAccount(em, seen.id);
      if (account.passwordChangedAt?.getTime() !== seen.passwordChangedAt?.getTime()) return null;
      if (claim && !(await claim(em))) return null;
      Object.assign(account, { passwordHash, passwordChangedAt: new Date() });
      await em.flush();
      return this.eviction.evictIn(em, account.id, because, keep);
    });
    if (!ended) return false;
    this.sessions.forget(ended);
    await this.guessing.forgive(seen.usernameKey);
    await this.notices.tell(seen.id, because, { ip: client.ip });
    return true;
  }
}
