import type { RecordAudit } from '@app/logging';
import { noteChange } from '@app/persistence';
import { EntityManager, raw } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { Account } from '../accounts/account.entity.js';
import { EmailToken } from '../accounts/email/email-token.entity.js';
import { EmailTokenService } from '../accounts/email/email-token.service.js';
import { KnownDevice } from './devices/known-device.entity.js';
import { KnownDeviceService } from './devices/known-device.service.js';
import { type RevocationReason, Session } from './session.entity.js';
import { SessionService } from './session.service.js';

/** The session and device of the caller that an eviction keeps. */
export interface Kept {
  readonly sessionId?: string;
  readonly deviceId?: string;
}

/** How many accounts one transaction changes. */
const ACCOUNTS_PER_STEP = 100;

/**
 * Revokes all access to an account: its sessions end, its known devices are forgotten, and its mailed tokens are void.
 * Without the last, an email address set in a stolen session would outlive it and could reset the password.
 */
@Injectable()
export class AccessRevocationService {
  constructor(
    private readonly em: EntityManager,
    private readonly sessions: SessionService,
    private readonly devices: KnownDeviceService,
    private readonly emailTokens: EmailTokenService,
  ) {}

  /** @param record writes the record in the same transaction */
  async evict(
    accountId: string,
    because: RevocationReason,
    keep: Kept = {},
    record?: RecordAudit,
  ): Promise<void> {
    const ended = await this.em.fork().transactional(async (em) => {
      const ids = await this.evictIn(em, accountId, because, keep);
      await record?.(accountId, em);
      // Not for what people end by themselves: they could have every session read again all the time.
      if (because === 'ended_by_admin') await noteChange(em, 'sessions');
      return ids;
    });
    this.sessions.forget(ended);
  }

  /** The same for many accounts, a hundred in a transaction; ids without an account are passed over. */
  async evictMany(
    accountIds: readonly string[],
    because: RevocationReason,
    keep: Kept,
  ): Promise<void> {
    // In a fixed order: of two calls with the same accounts, neither waits for the other while it is waited for.
    const sorted = accountIds.toSorted();
    for (let from = 0; from < sorted.length; from += ACCOUNTS_PER_STEP) {
      const some = sorted.slice(from, from + ACCOUNTS_PER_STEP);
      const ended = await this.em
        .fork()
        .transactional((em) => this.evictSome(em, some, because, keep));
      this.sessions.forget(ended);
    }
  }

  /**
   * The same in the transaction of `em`. Returns the ended sessions; the caller passes them to `forget` after the
   * commit.
   */
  async evictIn(
    em: EntityManager,
    accountId: string,
    because: RevocationReason,
    keep: Kept,
  ): Promise<string[]> {
    const ended = await this.sessions.endAll(em, accountId, because, keep.sessionId);
    await this.devices.forgetAll(em, accountId, keep.deviceId);
    await this.emailTokens.void(accountId, ['verify', 'reset'], em);
    return ended;
  }

  private async evictSome(
    em: EntityManager,
    accountIds: readonly string[],
    because: RevocationReason,
    { sessionId, deviceId }: Kept,
  ): Promise<string[]> {
    const $in = [...accountIds];
    await em.nativeUpdate(Account, { id: { $in } }, { epoch: raw('epoch + 1') });
    const others = sessionId ? { id: { $ne: sessionId } } : {};
    const open = { account: { $in }, revokedAt: null, ...others };
    const ended = await em.find(Session, open, { fields: ['id'] });
    await em.nativeUpdate(Session, open, { revokedAt: new Date(), revokedBecause: because });
    const otherDevices = deviceId ? { id: { $ne: deviceId } } : {};
    await em.nativeDelete(KnownDevice, { accountId: { $in }, ...otherDevices });
    await em.nativeDelete(EmailToken, { accountId: { $in } });
    await noteChange(em, 'sessions');
    return ended.map(({ id }) => id);
  }
}
