import type { Role } from '@app/access';
import { caseFold } from '@app/security';
import { EntityManager, type FilterQuery, raw } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { validate } from 'uuid';
import { Account } from '../accounts/account.entity.js';
import type { UserSort, UserState } from './administration.dto.js';
import { AdministrationError } from './administration.error.js';
import { type UserPageView, toUserView, type UserView } from './user.view.js';

/** Which accounts to list. */
export interface UserFilter {
  readonly limit: number;
  /** The id of the last account of the page before. */
  readonly cursor?: string;
  readonly username?: string;
  /** A part of the name. */
  readonly search?: string;
  readonly role?: Role;
  readonly state?: UserState;
  /** @default newest */
  readonly sort?: UserSort;
}

/** In which order, and what comes after an account of the page before. */
const SORTS = {
  newest: { orderBy: { id: 'desc' }, after: ({ id }: Account) => ({ id: { $lt: id } }) },
  oldest: { orderBy: { id: 'asc' }, after: ({ id }: Account) => ({ id: { $gt: id } }) },
  username: {
    orderBy: { usernameKey: 'asc' },
    after: ({ usernameKey }: Account) => ({ usernameKey: { $gt: usernameKey } }),
  },
} as const;

const STATES: Readonly<Record<UserState, FilterQuery<Account>>> = {
  active: { disabledAt: null, deletionDueAt: null },
  disabled: { disabledAt: { $ne: null } },
  erasing: { deletionDueAt: { $ne: null } },
};

interface LastSeen {
  readonly id: string;
  readonly at: Date | number | string;
}

/** The accounts, as administrators see them. */
@Injectable()
export class UserListService {
  constructor(private readonly em: EntityManager) {}

  async list({ limit, cursor, sort = 'newest', ...filter }: UserFilter): Promise<UserPageView> {
    const em = this.em.fork();
    const { orderBy, after } = SORTS[sort];
    const last = cursor === undefined ? null : await em.findOne(Account, { id: cursor });
    // An account that is gone since leaves its place among the ids, but not among the names.
    const place = last ? after(last) : cursor && sort !== 'username' ? after(idOnly(cursor)) : {};
    const where: FilterQuery<Account> = { $and: [conditionOf(filter), place] };
    const found = await em.find(Account, where, { orderBy, limit: limit + 1 });
    const users = await this.toViews(found.slice(0, limit));
    return { users, nextCursor: found.length > limit ? users.at(-1)!.userId : null };
  }

  /** @throws AdministrationError `user_not_found` */
  async get(accountId: string): Promise<UserView> {
    const account = await this.em.fork().findOne(Account, { id: accountId });
    if (!account) throw AdministrationError.userNotFound();
    return (await this.toViews([account]))[0]!;
  }

  /** By a name or an id, as an operator writes it. @throws AdministrationError `user_not_found` */
  async find(reference: string): Promise<UserView> {
    if (validate(reference)) return this.get(reference.toLowerCase());
    const { users } = await this.list({ limit: 1, username: reference });
    if (!users[0]) throw AdministrationError.userNotFound();
    return users[0];
  }

  private async toViews(accounts: readonly Account[]): Promise<UserView[]> {
    const seen = await this.lastSeen(accounts.map(({ id }) => id));
    return accounts.map((account) => toUserView(account, seen.get(account.id)));
  }

  /** By the sessions that are kept, also those that have ended. */
  async lastSeen(ids: readonly string[]): Promise<ReadonlyMap<string, Date>> {
    if (ids.length === 0) return new Map();
    const rows = await (this.em.fork() as SqlEntityManager).execute<LastSeen[]>(
      `select account_id as id, max(last_seen_at) as at from sessions
       where account_id in (${ids.map(() => '?').join(', ')}) group by account_id`,
      [...ids],
    );
    return new Map(rows.map(({ id, at }) => [id, new Date(at)]));
  }
}

function conditionOf({
  username,
  search,
  role,
  state,
}: Pick<UserFilter, 'username' | 'search' | 'role' | 'state'>): FilterQuery<Account> {
  return {
    $and: [
      username === undefined ? {} : { usernameKey: caseFold(username) },
      search === undefined ? {} : { $and: [{ isAnonymous: false }, nameHas(search)] },
      role === undefined ? {} : { role },
      state === undefined ? {} : STATES[state],
    ],
  };
}

/** What is a sign of patterns stands for itself; SQLite has no such sign but the one that is named. */
function nameHas(part: string): FilterQuery<Account> {
  const pattern = `%${caseFold(part).replaceAll(/[!%_]/g, '!$&')}%`;
  return { [raw(`username_key like ? escape '!'`, [pattern])]: [] };
}

function idOnly(id: string): Account {
  return { id } as Account;
}
