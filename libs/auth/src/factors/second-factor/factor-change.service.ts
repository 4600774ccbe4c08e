import type { ClientOrigin, Principal } from '@app/access';
import type { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import type { NoticeKind } from '../../accounts/notices/security-notice.entity.js';
import { SecurityNoticeService } from '../../accounts/notices/security-notice.service.js';
import { SessionReplacementService } from '../../sessions/session-replacement.service.js';
import { Session } from '../../sessions/session.entity.js';
import { SessionService } from '../../sessions/session.service.js';
import type { TokensView } from '../../sessions/tokens.view.js';
import { FactorStatusService } from './factor-status.service.js';
import { RecoveryCodeService } from './recovery-code.service.js';

/** The consequences of a change of an account's factors. */
@Injectable()
export class FactorChangeService {
  constructor(
    private readonly factorStatus: FactorStatusService,
    private readonly recoveryCodes: RecoveryCodeService,
    private readonly sessions: SessionService,
    private readonly replacement: SessionReplacementService,
    private readonly notices: SecurityNoticeService,
  ) {}

  /** Ends the other sessions (ASVS 5.0, 7.4.3) and notifies the owner. */
  async announce(
    { accountId, sessionId }: Principal,
    kind: NoticeKind,
    { ip }: ClientOrigin,
    deviceName?: string,
  ): Promise<void> {
    await this.sessions.revokeAll(accountId, 'second_factor_changed', sessionId);
    await this.notices.tell(accountId, kind, { ip, deviceName });
  }

  /**
   * The same for a new factor, which has just been proved. The session is replaced, so that copies of its old tokens do
   * not gain the new authentication.
   *
   * @throws SessionError `session_ended`
   */
  async announceNew(
    principal: Principal,
    method: 'otp' | 'passkey',
    kind: NoticeKind,
    client: ClientOrigin,
    deviceName?: string,
  ): Promise<TokensView> {
    await this.announce(principal, kind, client, deviceName);
    return this.replacement.replace(principal, { method, isSecondFactor: true }, client);
  }

  /**
   * After the removal of the last factor, deletes the recovery codes and resets the session's proof of a second factor.
   * The transaction of `em` must hold the account's lock.
   */
  async settleRemoval({ accountId, sessionId }: Principal, em: EntityManager): Promise<void> {
    const { isOn } = await this.factorStatus.stateOf(accountId, em);
    if (isOn) return;
    await this.recoveryCodes.clear(accountId, em);
    await em.nativeUpdate(Session, { id: sessionId }, { secondFactorAt: null });
  }
}
