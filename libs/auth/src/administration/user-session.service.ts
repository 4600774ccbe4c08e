import type { RecordAudit } from '@app/logging';
import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { EmailTokenService } from '../accounts/email/email-token.service.js';
import { SecurityNoticeService } from '../accounts/notices/security-notice.service.js';
import { KnownDeviceService } from '../sessions/devices/known-device.service.js';
import { Session } from '../sessions/session.entity.js';
import { SessionError } from '../sessions/session.error.js';
import { SessionService } from '../sessions/session.service.js';
import { type SessionView, toSessionView } from '../sessions/session.view.js';
import { UserListService } from './user-list.service.js';

/** The sessions of an account, for administrators. Ending one's own is allowed. */
@Injectable()
export class UserSessionService {
  constructor(
    private readonly em: EntityManager,
    private readonly users: UserListService,
    private readonly sessions: SessionService,
    private readonly devices: KnownDeviceService,
    private readonly emailTokens: EmailTokenService,
    private readonly notices: SecurityNoticeService,
  ) {}

  /**
   * The live ones, most recently seen first.
   *
   * @param currentId the session of the one who asks
   * @throws AdministrationError `user_not_found`
   */
  async list(accountId: string, currentId = ''): Promise<SessionView[]> {
    await this.users.get(accountId);
    const sessions = await this.sessions.list(accountId);
    return sessions.map((session) => toSessionView(session, currentId));
  }

  /**
   * Ends one, and forgets its device, which may be lost.
   *
   * @param record writes the record in the same transaction
   * @throws AdministrationError `user_not_found`; SessionError `session_not_found`
   */
  async end(accountId: string, sessionId: string, record?: RecordAudit): Promise<void> {
    await this.users.get(accountId);
    const which = { id: sessionId, account: accountId, ...this.sessions.isLive() };
    const session = await this.em.fork().findOne(Session, which);
    await this.em.fork().transactional(async (em) => {
      if (!session || !(await this.sessions.endOne(em, sessionId, 'ended_by_admin'))) {
        throw new SessionError('session_not_found', 'There is no such session.');
      }
      await record?.(accountId, em);
    });
    this.sessions.forget([sessionId]);
    if (session?.knownDeviceId) await this.devices.forget(accountId, session.knownDeviceId);
    await this.emailTokens.void(accountId, ['verify']);
    await this.notices.tell(accountId, 'signed_out_by_admin');
  }
}
