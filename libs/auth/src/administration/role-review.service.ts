import type { Role } from '@app/access';
import type { RecordAudit } from '@app/logging';
import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { Account } from '../accounts/account.entity.js';
import { administrationConfig } from './settings/administration.config.js';
import { AdministrationError } from './administration.error.js';
import { type Administrator, AdministrationService } from './administration.service.js';
import {
  reviewDueAt,
  type RoleHolderPageView,
  type RoleHolderView,
  toRoleHolderView,
} from './role-holder.view.js';
import type { ReviewDecision } from './role-review.dto.js';
import { UserListService } from './user-list.service.js';

/** How the reviews of roles stand. */
export interface RoleReviewStatus {
  /** The accounts that have a role other than `user`. */
  readonly holders: number;
  /** How many of them have to be confirmed. */
  readonly due: number;
  /** When the next one falls due, or fell; undefined without holders. */
  readonly nextDueAt: Date | undefined;
}

const HOLDS_ROLE = { role: { $ne: 'user' as const } };

/** The access review: who has which role since when, and whether it is still needed. */
@Injectable()
export class RoleReviewService {
  constructor(
    private readonly em: EntityManager,
    private readonly users: UserListService,
    private readonly administration: AdministrationService,
    @Inject(administrationConfig.KEY)
    private readonly config: ConfigType<typeof administrationConfig>,
  ) {}

  async list(limit: number, before?: string): Promise<RoleHolderPageView> {
    const where = { ...HOLDS_ROLE, ...(before ? { id: { $lt: before } } : {}) };
    const found = await this.em
      .fork()
      .find(Account, where, { orderBy: { id: 'desc' }, limit: limit + 1 });
    const holders = await this.toViews(found.slice(0, limit));
    return { holders, nextCursor: found.length > limit ? holders.at(-1)!.userId : null };
  }

  /** For the check of a deployment. */
  async status(now = new Date()): Promise<RoleReviewStatus> {
    const accounts = await this.em.fork().find(Account, HOLDS_ROLE);
    const dates = accounts
      .map((account) => reviewDueAt(account, this.config.roleReviewInterval))
      .toSorted((one, other) => one.getTime() - other.getTime());
    return {
      holders: dates.length,
      due: dates.filter((date) => date <= now).length,
      nextDueAt: dates[0],
    };
  }

  /**
   * Confirms the role that was looked at, or withdraws it. An administrator cannot review their own role.
   *
   * @param record writes the record in the same transaction
   * @throws AdministrationError `user_not_found`, `own_account`, `role_not_held`
   */
  async review(
    admin: Administrator,
    accountId: string,
    { role, decision }: { readonly role: Role; readonly decision: ReviewDecision },
    record?: RecordAudit,
  ): Promise<void> {
    if (admin?.accountId === accountId) throw AdministrationError.ownAccount();
    if ((await this.users.get(accountId)).role !== role) throw AdministrationError.roleNotHeld();
    if (decision === 'withdraw') {
      await this.administration.changeRole(admin, accountId, 'user', record);
      return;
    }
    await this.em.fork().transactional(async (em) => {
      const confirmed = { roleReviewedAt: new Date(), roleReviewedBy: admin?.accountId ?? null };
      const changed = await em.nativeUpdate(Account, { id: accountId, role }, confirmed);
      if (changed === 0) throw AdministrationError.roleNotHeld();
      await record?.(accountId, em);
    });
  }

  private async toViews(accounts: readonly Account[]): Promise<RoleHolderView[]> {
    const seen = await this.users.lastSeen(accounts.map(({ id }) => id));
    return accounts.map((account) =>
      toRoleHolderView(account, seen.get(account.id), this.config.roleReviewInterval),
    );
  }
}
