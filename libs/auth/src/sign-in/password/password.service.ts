import type { ClientOrigin, Principal } from '@app/access';
import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { lockAccount } from '../../accounts/account-lock.js';
import { Account } from '../../accounts/account.entity.js';
import { PasswordHashService } from '../../accounts/credentials/password-hash.service.js';
import { PasswordPolicyService } from '../../accounts/credentials/password-policy.service.js';
import { turnOf } from '../../accounts/credentials/turn-of.js';
import type { Turn } from '../../accounts/credentials/turn-queue.js';
import type { NoticeKind } from '../../accounts/notices/security-notice.entity.js';
import { SecurityNoticeService } from '../../accounts/notices/security-notice.service.js';
import { FactorError } from '../../factors/factor.error.js';
import { LockoutService } from '../../factors/guessing/lockout.service.js';
import { StepUpService } from '../../factors/step-up/step-up.service.js';
import { AccessRevocationService, type Kept } from '../../sessions/access-revocation.service.js';
import { SessionReplacementService } from '../../sessions/session-replacement.service.js';
import { type RevocationReason, Session } from '../../sessions/session.entity.js';
import { SessionService } from '../../sessions/session.service.js';
import type { TokensView } from '../../sessions/tokens.view.js';
import type { ChangePasswordDto } from './change-password.dto.js';

export interface PasswordReplacement {
  /** The turn of the hashing task; by default that of an unknown device at the client's address. */
  readonly turn?: Turn;
  readonly keep?: Kept;
  /** Consumes the token that authorizes the replacement, in the transaction of `em`. */
  readonly claim?: (em: EntityManager) => Promise<boolean>;
}

/** Replaces the passwords of existing accounts. */
@Injectable()
export class PasswordService {
  constructor(
    private readonly em: EntityManager,
    private readonly stepUp: StepUpService,
    private readonly policy: PasswordPolicyService,
    private readonly passwords: PasswordHashService,
    private readonly sessions: SessionService,
    private readonly revocation: AccessRevocationService,
    private readonly replacement: SessionReplacementService,
    private readonly lockout: LockoutService,
    private readonly notices: SecurityNoticeService,
  ) {}

  /**
   * Requires the current password (ASVS 5.0, 6.2.3), ends all other sessions (7.4.3) and replaces the caller's session,
   * which has been reauthenticated (7.2.4).
   *
   * @throws FactorError `invalid_credentials`, `too_many_attempts`, `account_required`; AccountError `weak_password`;
   * SessionError `session_ended`
   */
  async change(
    principal: Principal,
    { currentPassword, newPassword }: ChangePasswordDto,
    client: ClientOrigin,
  ): Promise<TokensView> {
    const { accountId, sessionId } = principal;
    const session = await this.em
      .fork()
      .findOneOrFail(Session, { id: sessionId, account: accountId }, { populate: ['account'] });
    const { account, knownDeviceId } = session;
    if (account.isAnonymous) throw FactorError.accountRequired();
    await this.stepUp.assertPassword(principal, account, currentPassword, client);
    const turn = turnOf(client, principal);
    await this.assertAcceptable(account, newPassword, turn, 'newPassword');
    const isReplaced = await this.replace(account, newPassword, 'password_changed', client, {
      keep: { sessionId, deviceId: knownDeviceId ?? undefined },
      turn,
    });
    if (!isReplaced) throw FactorError.wrongPassword();
    return this.replacement.replace(principal, { method: 'pwd', isSecondFactor: false }, client);
  }

  /** @throws AccountError `weak_password` */
  assertAcceptable(
    account: Account,
    password: string,
    turn: Turn,
    field = 'password',
  ): Promise<void> {
    const mailName = account.email?.split('@')[0];
    const names = [account.username, ...(mailName ? [mailName] : [])];
    return this.policy.assertAcceptable(password, names, turn, field);
  }

  /**
   * Sets the password, revokes all access except `keep`, clears the password counter of unknown devices and notifies
   * the owner. False, without any change, if the password has changed since `seen` was read or `claim` fails.
   */
  async replace(
    seen: Account,
    password: string,
    because: NoticeKind & RevocationReason,
    client: ClientOrigin,
    { keep = {}, claim, turn = turnOf(client) }: PasswordReplacement,
  ): Promise<boolean> {
    // Hashed first: the task waits its turn and may be refused, and the claim must not be consumed then.
    const passwordHash = await this.passwords.hash(password, turn);
    const ended = await this.em.fork().transactional(async (em) => {
      const account = await lockAccount(em, seen.id);
      if (account.passwordChangedAt?.getTime() !== seen.passwordChangedAt?.getTime()) return null;
      if (claim && !(await claim(em))) return null;
      Object.assign(account, { passwordHash, passwordChangedAt: new Date() });
      await em.flush();
      return this.revocation.evictIn(em, account.id, because, keep);
    });
    if (!ended) return false;
    this.sessions.forget(ended);
    await this.lockout.forgive(seen.usernameKey);
    await this.notices.tell(seen.id, because, { ip: client.ip });
    return true;
  }
}
