import { maskedAddress } from '@app/access';
import { EntityManager } from '@mikro-orm/core';
import { AuditTrail, currentRequest } from '@app/logging';
import { Injectable, Logger } from '@nestjs/common';
import { v7 } from 'uuid';
import { NoticeMailService } from './notice-mail.service.js';
import { type NoticeView, toNoticeView } from './notice.view.js';
import { type NoticeKind, SecurityNotice } from './security-notice.entity.js';

/** The most notices in one response. */
const MAX_NOTICES_SHOWN = 50;

/** How long a notice is kept. Milliseconds. */
const NOTICE_RETENTION_MS = 90 * 24 * 3_600_000;

/**
 * Notifies account owners of security events (ASVS 5.0, 6.3.7): stores a notice, sends a mail and writes an audit
 * record.
 */
@Injectable()
export class SecurityNoticeService {
  private readonly log = new Logger('SecurityNotices');

  constructor(
    private readonly em: EntityManager,
    private readonly trail: AuditTrail,
    private readonly mails: NoticeMailService,
  ) {}

  /**
   * Does not throw if the notice cannot be stored, because the event itself has already happened: the notice is then
   * logged as `auth.notice.lost`.
   */
  async tell(
    accountId: string,
    kind: NoticeKind,
    client: { readonly ip?: string; readonly deviceName?: string } = {},
  ): Promise<void> {
    this.log.warn({ event: 'auth.notice', code: kind, userId: accountId });
    const occurredAt = new Date();
    const maskedIp = client.ip && maskedAddress(client.ip);
    this.mails.send(accountId, { kind, occurredAt, maskedIp });
    const notice = { accountId, kind, occurredAt, ip: maskedIp, deviceName: client.deviceName };
    try {
      await this.em.fork().insert(SecurityNotice, { id: v7(), ...notice });
    } catch (err) {
      this.log.error({ event: 'auth.notice.lost', code: kind, userId: accountId, err });
    }
    const { requestId, ip } = currentRequest() ?? { requestId: 'none', ip: 'none' };
    const object = { objectType: 'account', objectId: accountId };
    await this.trail.record({ action: 'owner.told', ...object, outcome: kind, ip, requestId });
  }

  async wasTold(accountId: string, kind: NoticeKind, since: Date): Promise<boolean> {
    const told = { accountId, kind, occurredAt: { $gt: since } };
    return (await this.em.fork().count(SecurityNotice, told)) > 0;
  }

  /** The latest notices, newest first. */
  async list(accountId: string): Promise<NoticeView[]> {
    const notices = await this.em
      .fork()
      .find(SecurityNotice, { accountId }, { orderBy: { id: 'desc' }, limit: MAX_NOTICES_SHOWN });
    return notices.map(toNoticeView);
  }

  async forgetOld(): Promise<void> {
    const before = new Date(Date.now() - NOTICE_RETENTION_MS);
    await this.em.fork().nativeDelete(SecurityNotice, { occurredAt: { $lt: before } });
  }
}
