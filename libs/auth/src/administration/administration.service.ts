import { EntityManager } from '@mikro-orm/core';
import { foldedName } from '@app/security';
import { Inject, Injectable } from '@nestjs/common';
import { Account, type Role } from '../accounts/account.entity.js';
import { AuthError } from '../auth.error.js';
import { SecurityNotices } from '../notices/security-notices.service.js';
import { Eviction } from '../sessions/eviction.service.js';
import type { Principal } from '../tokens/principal.js';
import type { UsersQuery } from './administration.dto.js';
import { toUserView, type UserPageView, type UserView } from './user.view.js';

/** What administrators do to accounts. Nobody changes their own role or switches themselves off. */
@Injectable()
export class Administration {
  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(Eviction) private readonly eviction: Eviction,
    @Inject(SecurityNotices) private readonly notices: SecurityNotices,
  ) {}

  async list({ limit, cursor, username }: UsersQuery): Promise<UserPageView> {
    const most = Number(limit ?? 50);
    const found = await this.em.fork().find(
      Account,
      {
        ...(cursor ? { id: { $lt: cursor } } : {}),
        ...(username ? { usernameKey: foldedName(username) } : {}),
      },
      { orderBy: { id: 'desc' }, limit: most + 1 },
    );
    const users = found.slice(0, most).map(toUserView);
    return { users, nextCursor: found.length > most ? users.at(-1)!.userId : null };
  }

  /** @throws AuthError `user_not_found` */
  async get(userId: string): Promise<UserView> {
    return toUserView(await this.find(userId));
  }

  /** @throws AuthError `user_not_found`, `own_account` */
  async changeRole(admin: Principal, userId: string, role: Role): Promise<UserView> {
    refuseOwn(admin, userId);
    const account = await this.find(userId);
    if (account.isAnonymous) throw new AuthError('user_not_found', 'There is no such user.');
    await this.em.fork().nativeUpdate(Account, { id: userId }, { role });
    await this.notices.tell(userId, 'role_changed');
    return toUserView(await this.find(userId));
  }

  /** Switches an account off, with all its sessions (ASVS 5.0, 7.4.2), or on again. @throws as above */
  async setDisabled(admin: Principal, userId: string, isDisabled: boolean): Promise<UserView> {
    refuseOwn(admin, userId);
    await this.find(userId);
    const disabledAt = isDisabled ? new Date() : null;
    await this.em.fork().nativeUpdate(Account, { id: userId }, { disabledAt });
    if (isDisabled) await this.eviction.evict(userId, 'disabled');
    return toUserView(await this.find(userId));
  }

  /** Signs all devices of a user out (ASVS 5.0, 7.4.5), also one's own: that harms nobody. @throws AuthError `user_not_found` */
  async endSessions(userId: string): Promise<void> {
    await this.find(userId);
    await this.eviction.evict(userId, 'ended_by_admin');
    await this.notices.tell(userId, 'signed_out_by_admin');
  }

  private async find(userId: string): Promise<Account> {
    const account = await this.em.fork().findOne(Account, { id: userId });
    if (!account) throw new AuthError('user_not_found', 'There is no such user.');
    return account;
  }
}

function refuseOwn(admin: Principal, userId: string): void {
  if (admin.userId !== userId) return;
  throw new AuthError('own_account', 'Ask another administrator to do this to your account.');
}
