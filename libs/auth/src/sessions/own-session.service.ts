import type { Principal } from '@app/access';
import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { EmailTokenService } from '../accounts/email/email-token.service.js';
import { AccessRevocationService } from './access-revocation.service.js';
import { KnownDeviceService } from './devices/known-device.service.js';
import { Session } from './session.entity.js';
import { SessionError } from './session.error.js';
import { SessionService } from './session.service.js';
import { type SessionView, toSessionView } from './session.view.js';

/** Lists and ends the caller's own sessions (ASVS 5.0, 7.5.2). */
@Injectable()
export class OwnSessionService {
  constructor(
    private readonly em: EntityManager,
    private readonly sessions: SessionService,
    private readonly devices: KnownDeviceService,
    private readonly emailTokens: EmailTokenService,
    private readonly revocation: AccessRevocationService,
  ) {}

  async list({ accountId, sessionId }: Principal): Promise<SessionView[]> {
    const sessions = await this.sessions.list(accountId);
    return sessions.map((session) => toSessionView(session, sessionId));
  }

  /**
   * Ends a session. Its device may be lost, so it is forgotten as a known device, and a pending verification of an
   * email address is void.
   *
   * @throws SessionError `session_not_found`, also for a session of another account
   */
  async end({ accountId }: Principal, id: string): Promise<void> {
    const session = await this.em
      .fork()
      .findOne(Session, { id, account: accountId, ...this.sessions.isLive() });
    // It may have expired, or been replaced, in the meantime.
    if (!session || !(await this.sessions.revoke(id, 'ended_elsewhere'))) {
      throw new SessionError('session_not_found', 'There is no such session.');
    }
    if (session.knownDeviceId) await this.devices.forget(accountId, session.knownDeviceId);
    await this.emailTokens.void(accountId, ['verify']);
  }

  async logout({ sessionId }: Principal): Promise<void> {
    await this.sessions.revoke(sessionId, 'logout');
  }

  /** Ends all sessions and forgets all known devices: any of them may be lost. */
  async logoutAll({ accountId }: Principal): Promise<void> {
    await this.revocation.evict(accountId, 'logout_everywhere');
  }
}
