import { EntityManager } from '@mikro-orm/core';
import { DeletedTraces } from '@app/persistence';
import { Inject, Injectable } from '@nestjs/common';
import { KnownDevice } from '../devices/known-device.entity.js';
import { toNoticeView } from '../notices/notice.view.js';
import { SecurityNotice } from '../notices/security-notice.entity.js';
import { Session } from '../sessions/session.entity.js';
import { Account } from './account.entity.js';

/** What an account itself is: who, on which devices, and what its owner was told. */
@Injectable()
export class AccountData {
  readonly tables: readonly string[] = [
    'accounts',
    'sessions',
    'refresh_tokens',
    'known_devices',
    'security_notices',
  ];

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(DeletedTraces) private readonly traces: DeletedTraces,
  ) {}

  /** Without what proves anything to us: no hash, no token. */
  async exportOf(userId: string): Promise<object> {
    const em = this.em.fork();
    const account = await em.findOneOrFail(Account, { id: userId });
    const oldestFirst = { orderBy: { id: 'asc' } } as const;
    const sessions = await em.find(Session, { account: userId }, oldestFirst);
    const devices = await em.find(KnownDevice, { accountId: userId }, oldestFirst);
    const notices = await em.find(SecurityNotice, { accountId: userId }, oldestFirst);
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
   * Comes last: the account is what says that there is something to erase. Whatever still refers to it goes along,
   * by its reference. In the same transaction it is noted that the file of the database must not show any of it.
   */
  async erase(userId: string): Promise<void> {
    await this.em.fork().transactional(async (em) => {
      await em.nativeDelete(Session, { account: userId });
      if ((await em.nativeDelete(Account, { id: userId })) > 0) await this.traces.owe(em);
    });
  }
}

function toExportedAccount(account: Account): object {
  return {
    username: account.isAnonymous ? null : account.username,
    role: account.role,
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
