import type { Principal, Role } from '@app/access';
import type { RecordAudit } from '@app/logging';
import { EntityManager, raw } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { Account } from '../accounts/account.entity.js';
import { SecurityNoticeService } from '../accounts/notices/security-notice.service.js';
import { AccessRevocationService } from '../sessions/access-revocation.service.js';
import { SessionError } from '../sessions/session.error.js';
import { SessionService } from '../sessions/session.service.js';
import { AdministrationError } from './administration.error.js';
import {
  FourEyesService,
  type GuardedAct,
  type UseConfirmation,
} from './four-eyes/four-eyes.service.js';
import { UserListService } from './user-list.service.js';
import type { UserView } from './user.view.js';

/** Who acts: an administrator, or undefined for a command on the server. */
export type Administrator = Pick<Principal, 'accountId'> | undefined;

/**
 * The operations of administrators on accounts. An administrator cannot change their own role or disable their own
 * account.
 */
@Injectable()
export class AdministrationService {
  constructor(
    private readonly em: EntityManager,
    private readonly users: UserListService,
    private readonly fourEyes: FourEyesService,
    private readonly sessions: SessionService,
    private readonly revocation: AccessRevocationService,
    private readonly notices: SecurityNoticeService,
  ) {}

  /**
   * Refused for an account with a pending deletion: the erasure would hide from the audit trail who acted with the
   * role.
   *
   * @param record writes the record in the same transaction
   * @throws AdministrationError `user_not_found`, `own_account`, `erasure_requested`; ConfirmationError
   *   `confirmation_required`
   */
  async changeRole(
    admin: Administrator,
    accountId: string,
    role: Role,
    record?: RecordAudit,
  ): Promise<UserView> {
    refuseOwn(admin, accountId);
    if ((await this.users.get(accountId)).isAnonymous) throw AdministrationError.userNotFound();
    const change = (use: UseConfirmation) =>
      this.actAs(admin, accountId, async (em) => {
        await use(em);
        await giveRole(em, accountId, role, admin);
        await record?.(accountId, em);
      });
    await (role === 'admin'
      ? this.fourEyes.guard(adminGrant(admin, accountId), change)
      : change(none));
    await this.notices.tell(accountId, 'role_changed');
    return this.users.get(accountId);
  }

  /**
   * Disables an account and ends all its sessions (ASVS 5.0, 7.4.2), or enables it again.
   *
   * @param record writes the record in the same transaction
   * @throws AdministrationError `user_not_found`, `own_account`
   */
  async setDisabled(
    admin: Administrator,
    accountId: string,
    isDisabled: boolean,
    record?: RecordAudit,
  ): Promise<UserView> {
    refuseOwn(admin, accountId);
    await this.users.get(accountId);
    const disabledAt = isDisabled ? new Date() : null;
    const ended = await this.actAs(admin, accountId, async (em) => {
      await em.nativeUpdate(Account, { id: accountId }, { disabledAt });
      await record?.(accountId, em);
      return isDisabled ? this.revocation.evictIn(em, accountId, 'disabled', {}) : [];
    });
    this.sessions.forget(ended);
    return this.users.get(accountId);
  }

  /**
   * Changes an account while both it and the administrator's own are locked: of two administrators who revoke each
   * other's role, or disable each other, at the same time, one is refused. Otherwise no administrator would be left.
   *
   * @throws SessionError `forbidden`
   */
  private async actAs<Result>(
    admin: Administrator,
    accountId: string,
    change: (em: EntityManager) => Promise<Result>,
  ): Promise<Result> {
    return this.em.fork().transactional(async (em) => {
      // In a fixed order, to avoid a deadlock; by a write, because a read locks nothing in SQLite.
      for (const id of [...(admin ? [admin.accountId] : []), accountId].toSorted()) {
        await em.nativeUpdate(Account, { id }, { epoch: raw('epoch') });
      }
      if (admin) await assertAdministrator(em, admin.accountId);
      return change(em);
    });
  }
}

const none: UseConfirmation = () => Promise.resolve();

function adminGrant(admin: Administrator, accountId: string): GuardedAct {
  return { act: 'grant-admin', arguments: { userId: accountId }, subjectId: accountId, admin };
}

async function assertAdministrator(em: EntityManager, id: string): Promise<void> {
  const actor = await em.findOne(Account, { id });
  if (actor?.role === 'admin' && !actor.disabledAt) return;
  throw new SessionError('forbidden', 'Your account may not do this.');
}

/** Each statement checks and changes: of a concurrent role change and deletion request, one is refused. */
async function giveRole(
  em: EntityManager,
  id: string,
  role: Role,
  admin: Administrator,
): Promise<void> {
  const another = { id, role: { $ne: role } };
  const review = { roleReviewedAt: null, roleReviewedBy: null };
  if (role === 'user') {
    const none = { roleSince: null, roleGivenBy: null, ...review };
    await em.nativeUpdate(Account, another, { role, deletionDueAt: null, ...none });
    return;
  }
  const given = { roleSince: new Date(), roleGivenBy: admin?.accountId ?? null, ...review };
  const remains = { deletionDueAt: null };
  if ((await em.nativeUpdate(Account, { ...another, ...remains }, { role, ...given })) === 1)
    return;
  // It has the role already.
  if ((await em.nativeUpdate(Account, { id, role, ...remains }, { role })) === 1) return;
  throw AdministrationError.erasureRequested();
}

function refuseOwn(admin: Administrator, accountId: string): void {
  if (admin?.accountId === accountId) throw AdministrationError.ownAccount();
}
