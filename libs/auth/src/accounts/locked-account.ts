import { type EntityManager, LockMode } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { NOT_DUE } from './account-use.js';
import { Account } from './account.entity.js';

/** The account, locked until the transaction of `em` ends: changes to its factors happen one after the other. */
export function lockedAccount(em: EntityManager, id: string): Promise<Account> {
  return em.findOneOrFail(Account, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

/**
 * The lock, by a change that is none, and the look at what it waited for, in one statement. It excludes whoever changes
 * the account or takes `lockedAccount`; what only refers to the account need not wait for a sign-in.
 */
const HOLD = `update accounts set epoch = epoch where id = ? and epoch = ?
  and disabled_at is null and ${NOT_DUE} returning id`;

/** Holds the account until the transaction ends; false if it is not in use any more, or its sessions were all ended. */
export async function holdInUse(
  em: EntityManager,
  { id, epoch }: Pick<Account, 'id' | 'epoch'>,
): Promise<boolean> {
  const held = await (em as SqlEntityManager).execute<object[]>(HOLD, [id, epoch, new Date()]);
  return held.length > 0;
}
