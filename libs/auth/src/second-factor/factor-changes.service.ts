import type { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import type { ClientOrigin } from '../clients/client.decorator.js';
import type { NoticeKind } from '../notices/security-notice.entity.js';
import { SecurityNotices } from '../notices/security-notices.service.js';
import { Session } from '../sessions/session.entity.js';
import { SessionService } from '../sessions/session.service.js';
import { SessionReplacement } from '../sign-in/session-replacement.service.js';
import type { TokensView } from '../sign-in/tokens.view.js';
import type { Principal } from '../tokens/principal.js';
import { RecoveryCodes } from './recovery-codes.service.js';
import { SecondFactors } from './second-factors.service.js';

/** What follows from a change of the factors of an account. */
@Injectable()
export class FactorChanges {
  constructor(
    @Inject(SecondFactors) private readonly secondFactors: SecondFactors,
    @Inject(RecoveryCodes) private readonly recoveryCodes: RecoveryCodes,
    @Inject(SessionService) private readonly sessions: SessionService,
    @Inject(SessionReplacement) private readonly replacement: SessionReplacement,
    @Inject(SecurityNotices) private readonly notices: SecurityNotices,
  ) {}

  /** Ends the other sessions (ASVS 5.0, 7.4.3) and tells the owner. */
  async announce(
    { userId, sessionId }: Principal,
    kind: NoticeKind,
    { ip }: ClientOrigin,
    deviceName?: string,
  ): Promise<void> {
    await this.sessions.revokeAll(userId, 'second_factor_changed', sessionId);
    await this.notices.tell(userId, kind, { ip, deviceName });
  }

  /**
   * The same for a factor that is new, and so has just been proved. The session is replaced: whoever holds a copy of
   * its tokens does not share in the proof.
   *
   * @throws AuthError `session_ended`
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
   * Where the last factor was removed, recovery codes have nothing to stand in for, and what the session has proved
   * counts no more. In the transaction of `em`, which holds the account's lock.
   */
  async settleRemoval({ userId, sessionId }: Principal, em: EntityManager): Promise<void> {
    const { isOn } = await this.secondFactors.stateOf(userId, em);
    if (isOn) return;
    await this.recoveryCodes.clear(userId, em);
    await em.nativeUpdate(Session, { id: sessionId }, { secondFactorAt: null });
  }
}
