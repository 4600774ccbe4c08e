import type { RecordAudit } from '@app/logging';
import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { Account } from '../accounts/account.entity.js';
import { SecurityNoticeService } from '../accounts/notices/security-notice.service.js';
import { AccessRevocationService, type Kept } from '../sessions/access-revocation.service.js';
import {
  type EndOfAllSessions,
  SessionGenerationService,
} from '../sessions/session-generation.service.js';
import { AdministrationError } from './administration.error.js';

/** Signs accounts out, for operators; in force on every instance within a second. */
@Injectable()
export class SignOutService {
  constructor(
    private readonly em: EntityManager,
    private readonly revocation: AccessRevocationService,
    private readonly generations: SessionGenerationService,
    private readonly notices: SecurityNoticeService,
  ) {}

  /**
   * Ends the sessions of an account (ASVS 5.0, 7.4.5) and tells its owner.
   *
   * @param keep of the operator who signs their own account out
   * @param record writes the record in the same transaction
   * @throws AdministrationError `user_not_found`
   */
  async signOut(accountId: string, keep: Kept = {}, record?: RecordAudit): Promise<void> {
    if ((await this.em.fork().count(Account, { id: accountId })) === 0) {
      throw AdministrationError.userNotFound();
    }
    await this.revocation.evict(accountId, 'ended_by_admin', keep, record);
    await this.notices.tell(accountId, 'signed_out_by_admin');
  }

  /** The same for many, without a notice: whether and how so many are told is decided by people. */
  signOutMany(accountIds: readonly string[], keep: Kept): Promise<void> {
    return this.revocation.evictMany(accountIds, 'ended_by_admin', keep);
  }

  /** Signs everyone out with one row, however many they are; without a notice. */
  signOutEveryone(which: EndOfAllSessions, record?: RecordAudit): Promise<void> {
    return this.generations.endAll(which, record);
  }
}
