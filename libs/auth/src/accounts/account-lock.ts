import { type EntityManager, LockMode } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { NOT_PAST_DELETION_SQL } from './account-state.js';
import { Account } from './account.entity.js';

/** Locks the account until the transaction of `em` ends, which serializes changes to its factors. */
export function lockAccount(em: EntityManager, id: string): Promise<Account> {
  return em.findOneOrFail(Account, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

/**
 * Locks the row by an update without effect and checks its state after waiting, in one statement. It excludes changes
 * of the account and `lockAccount`; rows with a foreign key to the account can be written meanwhile.
 */
const LOCK_IF_ACTIVE_SQL = `update accounts set epoch = epoch where id = ? and epoch = ?
  and disabled_at is null and ${NOT_PAST_DELETION_SQL} returning id`;

/** Locks the account until the transaction ends. False if it is no longer active, or if all its sessions were ended. */
export async function lockIfActive(
  em: EntityManager,
  { id, epoch }: Pick<Account, 'id' | 'epoch'>,
): Promise<boolean> {
  const held = await (em as SqlEntityManager).execute<object[]>(LOCK_IF_ACTIVE_SQL, [
    id,
    epoch,
    new Date(),
  ]);
  return held.length > 0;
}
