import type { Principal, Role } from '@app/access';
import { EntityManager, raw } from '@mikro-orm/core';
import { caseFold } from '@app/security';
import { Injectable } from '@nestjs/common';
import { Account } from '../accounts/account.entity.js';
import { SecurityNoticeService } from '../accounts/notices/security-notice.service.js';
import { AccessRevocationService } from '../sessions/access-revocation.service.js';
import { SessionError } from '../sessions/session.error.js';
import type { UsersQuery } from './administration.dto.js';
import { AdministrationError } from './administration.error.js';
import { toUserView, type UserPageView, type UserView } from './user.view.js';

/**
 * The operations of administrators on accounts. An administrator cannot change their own role or disable their own
 * account.
 */
@Injectable()
export class AdministrationService {
  constructor(
    private readonly em: EntityManager,
    private readonly revocation: AccessRevocationService,
    private readonly notices: SecurityNoticeService,
  ) {}

  async list({ limit, cursor, username }: UsersQuery): Promise<UserPageView> {
    const most = Number(limit ?? 50);
    const found = await this.em.fork().find(
      Account,
      {
        ...(cursor ? { id: { $lt: cursor } } : {}),
        ...(username ? { usernameKey: caseFold(username) } : {}),
      },
      { orderBy: { id: 'desc' }, limit: most + 1 },
    );
    const users = found.slice(0, most).map(toUserView);
    return { users, nextCursor: found.length > most ? users.at(-1)!.userId : null };
  }

  /** @throws AdministrationError `user_not_found` */
  async get(userId: string): Promise<UserView> {
    return toUserView(await this.find(userId));
  }

  /**
   * Refused for an account with a pending deletion: the erasure would hide from the audit trail who acted with the
   * role.
   *
   * @throws AdministrationError `user_not_found`, `own_account`, `erasure_requested`
   */
  async changeRole(admin: Principal, userId: string, role: Role): Promise<UserView> {
    refuseOwn(admin, userId);
    const account = await this.find(userId);
    if (account.isAnonymous) throw AdministrationError.userNotFound();
    await this.actAs(admin, userId, (em) => giveRole(em, userId, role));
    await this.notices.tell(userId, 'role_changed');
    return toUserView(await this.find(userId));
  }

  /**
   * Disables an account and ends all its sessions (ASVS 5.0, 7.4.2), or enables it again. @throws AdministrationError
   * `user_not_found`, `own_account`
   */
  async setDisabled(admin: Principal, userId: string, isDisabled: boolean): Promise<UserView> {
    refuseOwn(admin, userId);
    await this.find(userId);
    const disabledAt = isDisabled ? new Date() : null;
    await this.actAs(admin, userId, (em) =>
      em.nativeUpdate(Account, { id: userId }, { disabledAt }),
    );
    if (isDisabled) await this.revocation.evict(userId, 'disabled');
    return toUserView(await this.find(userId));
  }

  /**
   * Ends all sessions of an account (ASVS 5.0, 7.4.5), also of the administrator's own. @throws AdministrationError
   * `user_not_found`
   */
  async endSessions(userId: string): Promise<void> {
    await this.find(userId);
    await this.revocation.evict(userId, 'ended_by_admin');
    await this.notices.tell(userId, 'signed_out_by_admin');
  }

  /**
   * Changes an account while both it and the administrator's own are locked: of two administrators who revoke each
   * other's role, or disable each other, at the same time, one is refused. Otherwise no administrator would be left.
   *
   * @throws SessionError `forbidden`
   */
  private async actAs(
    admin: Principal,
    userId: string,
    change: (em: EntityManager) => Promise<unknown>,
  ): Promise<void> {
    await this.em.fork().transactional(async (em) => {
      // In a fixed order, to avoid a deadlock; by a write, because a read locks nothing in SQLite.
      for (const id of [admin.userId, userId].toSorted()) {
        await em.nativeUpdate(Account, { id }, { epoch: raw('epoch') });
      }
      const actor = await em.findOne(Account, { id: admin.userId });
      if (actor?.role !== 'admin' || actor.disabledAt) {
        throw new SessionError('forbidden', 'Your account may not do this.');
      }
      await change(em);
    });
  }

  private async find(userId: string): Promise<Account> {
    const account = await this.em.fork().findOne(Account, { id: userId });
    if (!account) throw AdministrationError.userNotFound();
    return account;
  }
}

/** One statement checks and changes: of a concurrent role change and deletion request, one is refused. */
async function giveRole(em: EntityManager, id: string, role: Role): Promise<void> {
  if (role === 'user') {
    await em.nativeUpdate(Account, { id, role: { $ne: role } }, { role, deletionDueAt: null });
    return;
  }
  if ((await em.nativeUpdate(Account, { id, deletionDueAt: null }, { role })) === 1) return;
  throw new AdministrationError('erasure_requested', 'This user has asked to be erased.');
}

function refuseOwn(admin: Principal, userId: string): void {
  if (admin.userId !== userId) return;
  throw new AdministrationError(
    'own_account',
    'Ask another administrator to do this to your account.',
  );
}
