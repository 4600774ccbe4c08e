import { EntityManager } from '@mikro-orm/core';
import { AuditTrail, currentRequest } from '@app/logging';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { v7 } from 'uuid';
import { maskedAddress } from '../clients/masked-address.js';
import { NoticeMails } from './notice-mails.service.js';
import { type NoticeKind, SecurityNotice } from './security-notice.entity.js';
import { type NoticeView, toNoticeView } from './notice.view.js';

/** How many notices one answer shows. */
const SHOWN = 50;

/** How long a notice is kept. Milliseconds. */
const KEPT_FOR = 90 * 24 * 3_600_000;

/** What happened to an account that its owner should know of (ASVS 5.0, 6.3.7), kept for them and for the trail. */
@Injectable()
export class SecurityNotices {
  private readonly log = new Logger('SecurityNotices');

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(AuditTrail) private readonly trail: AuditTrail,
    @Inject(NoticeMails) private readonly mails: NoticeMails,
  ) {}

  /**
   * What has happened has happened: a notice that cannot be kept goes to the log as `auth.notice.lost`, and whoever
   * tells of it does not fail for it.
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

  /** The latest, the last one first. */
  async list(accountId: string): Promise<NoticeView[]> {
    const notices = await this.em
      .fork()
      .find(SecurityNotice, { accountId }, { orderBy: { id: 'desc' }, limit: SHOWN });
    return notices.map(toNoticeView);
  }

  async forgetOld(): Promise<void> {
    const before = new Date(Date.now() - KEPT_FOR);
    await this.em.fork().nativeDelete(SecurityNotice, { occurredAt: { $lt: before } });
  }
}
