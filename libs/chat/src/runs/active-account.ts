/**
 * The accounts for which anything is done: neither disabled nor past their deletion date, which counts for the role
 * `user` only. Its parameter is the current time.
 */
export const ACTIVE_ACCOUNT_SQL = `disabled_at is null
  and (role <> 'user' or deletion_due_at is null or deletion_due_at > ?)`;
