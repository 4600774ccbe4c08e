import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { AuthError } from '../auth.error.js';
import { KnownDevices } from '../devices/known-devices.service.js';
import { EmailTokens } from '../email/email-tokens.service.js';
import type { Principal } from '../tokens/principal.js';
import { Eviction } from './eviction.service.js';
import { Session } from './session.entity.js';
import { SessionService } from './session.service.js';
import { type SessionView, toSessionView } from './session.view.js';

/** What a person sees of their devices and can do to them (ASVS 5.0, 7.5.2). */
@Injectable()
export class OwnSessions {
  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(SessionService) private readonly sessions: SessionService,
    @Inject(KnownDevices) private readonly devices: KnownDevices,
    @Inject(EmailTokens) private readonly emailTokens: EmailTokens,
    @Inject(Eviction) private readonly eviction: Eviction,
  ) {}

  async list({ userId, sessionId }: Principal): Promise<SessionView[]> {
    const sessions = await this.sessions.list(userId);
    return sessions.map((session) => toSessionView(session, sessionId));
  }

  /**
   * Ends a session. Its device may be lost: it is a stranger afterwards, and an address that was named on it and waits
   * to be verified is void.
   *
   * @throws AuthError `session_not_found`, also for one of somebody else
   */
  async end({ userId }: Principal, id: string): Promise<void> {
    const session = await this.em
      .fork()
      .findOne(Session, { id, account: userId, ...this.sessions.isLive() });
    // At the same time it may have ended by itself, or been replaced by another one.
    if (!session || !(await this.sessions.revoke(id, 'ended_elsewhere'))) {
      throw new AuthError('session_not_found', 'There is no such session.');
    }
    if (session.knownDeviceId) await this.devices.forget(userId, session.knownDeviceId);
    await this.emailTokens.void(userId, ['verify']);
  }

  async logout({ sessionId }: Principal): Promise<void> {
    await this.sessions.revoke(sessionId, 'logout');
  }

  /** Ends all sessions and forgets all devices: any of them may be in other hands. */
  async logoutAll({ userId }: Principal): Promise<void> {
    await this.eviction.evict(userId, 'logout_everywhere');
  }
}
