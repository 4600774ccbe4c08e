import type { Account } from './account.entity.js';

/** Whether an account can be signed in to: neither switched off nor, once its time has come, being erased. */
export function isInUse(
  account: Pick<Account, 'disabledAt' | 'deletionDueAt'>,
  now = new Date(),
): boolean {
  return !account.disabledAt && !isDue(account, now);
}

/** Whether the account's time has come. To strangers it is unknown from then on: nothing is to name it any more. */
export function isDue(
  { deletionDueAt }: Pick<Account, 'deletionDueAt'>,
  now = new Date(),
): boolean {
  return Boolean(deletionDueAt && deletionDueAt <= now);
}

/** The accounts that are not due, in SQL; it takes the moment. */
export const NOT_DUE = '(deletion_due_at is null or deletion_due_at > ?)';

/** The accounts that are not due, as a condition of a query. */
export function notDue(now = new Date()) {
  return { $or: [{ deletionDueAt: null }, { deletionDueAt: { $gt: now } }] };
}
