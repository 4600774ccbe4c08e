import { EntityManager } from '@mikro-orm/core';
import { SecureDeleteService } from '@app/persistence';
import { Injectable } from '@nestjs/common';
import { Account } from '../accounts/account.entity.js';
import { toNoticeView } from '../accounts/notices/notice.view.js';
import { SecurityNotice } from '../accounts/notices/security-notice.entity.js';
import { KnownDevice } from '../sessions/devices/known-device.entity.js';
import { Session } from '../sessions/session.entity.js';

/** The account, its sessions, known devices and security notices. */
@Injectable()
export class AccountDataSource {
  readonly tables: readonly string[] = [
    'accounts',
    'sessions',
    'refresh_tokens',
    'known_devices',
    'security_notices',
    'confirmations',
  ];

  constructor(
    private readonly em: EntityManager,
    private readonly secureDelete: SecureDeleteService,
  ) {}

  /** Without credentials: no password hash, no token. */
  async exportOf(accountId: string): Promise<object> {
    const em = this.em.fork();
    const account = await em.findOneOrFail(Account, { id: accountId });
    const oldestFirst = { orderBy: { id: 'asc' } } as const;
    const sessions = await em.find(Session, { account: accountId }, oldestFirst);
    const devices = await em.find(KnownDevice, { accountId }, oldestFirst);
    const notices = await em.find(SecurityNotice, { accountId }, oldestFirst);
    return {
      ...toExportedAccount(account),
      sessions: sessions.map(toExportedSession),
      devices: devices.map(({ name, createdAt, lastUsedAt }) => ({
        name,
        createdAt,
        lastUsedAt,
      })),
      notices: notices.map(toNoticeView),
    };
  }

  /**
   * Must run last: the account row marks that there is data to erase. Rows that still refer to it are deleted by their
   * foreign keys. The same transaction schedules the secure deletion of the data from the database file.
   */
  async erase(accountId: string): Promise<void> {
    await this.em.fork().transactional(async (em) => {
      await em.nativeDelete(Session, { account: accountId });
      if ((await em.nativeDelete(Account, { id: accountId })) > 0)
        await this.secureDelete.schedule(em);
    });
  }
}

function toExportedAccount(account: Account): object {
  return {
    username: account.isAnonymous ? null : account.username,
    role: account.role,
    roleSince: account.roleSince ?? null,
    isAnonymous: account.isAnonymous,
    createdAt: account.createdAt,
    passwordChangedAt: account.passwordChangedAt ?? null,
    email: account.email ?? null,
    emailVerifiedAt: account.emailVerifiedAt ?? null,
    disabledAt: account.disabledAt ?? null,
    deletionDueAt: account.deletionDueAt ?? null,
  };
}

function toExportedSession(session: Session): object {
  return {
    sessionId: session.id,
    deviceName: session.deviceName ?? null,
    platform: session.platform ?? null,
    appVersion: session.appVersion ?? null,
    ip: session.ip,
    methods: session.methods.split(' '),
    createdAt: session.createdAt,
    lastSeenAt: session.lastSeenAt,
    authenticatedAt: session.authenticatedAt,
    secondFactorAt: session.secondFactorAt ?? null,
    expiresAt: session.expiresAt,
    endedAt: session.revokedAt ?? null,
    endedBecause: session.revokedBecause ?? null,
  };
}
