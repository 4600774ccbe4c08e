import type { Account } from './account.entity.js';

/** Whether an account can be signed in to: it is neither disabled nor past its deletion date. */
export function isActive(
  account: Pick<Account, 'role' | 'disabledAt' | 'deletionDueAt'>,
  now = new Date(),
): boolean {
  return !account.disabledAt && !isPastDeletion(account, now);
}

/**
 * Whether an account is past its deletion date. After that date it is treated as unknown: no response, mail or record may
 * name it. An account with a role other than `user` is never past it: the role must be removed first.
 */
export function isPastDeletion(
  { role, deletionDueAt }: Pick<Account, 'role' | 'deletionDueAt'>,
  now = new Date(),
): boolean {
  return role === 'user' && Boolean(deletionDueAt && deletionDueAt <= now);
}

/** The accounts that are not past their deletion date, in SQL. Its parameter is the current time. */
export const NOT_PAST_DELETION_SQL = `(role <> 'user' or deletion_due_at is null or deletion_due_at > ?)`;

/** The accounts that are not past their deletion date, as a condition of a query. */
export function notPastDeletion(now = new Date()) {
  return {
    $or: [
      { role: { $ne: 'user' as const } },
      { deletionDueAt: null },
      { deletionDueAt: { $gt: now } },
    ],
  };
}
