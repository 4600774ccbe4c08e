import type { Role } from '@app/access';
import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { NOT_PAST_DELETION_SQL } from './account-state.js';
import type { Account } from './account.entity.js';

/** The columns of an account that a sign-in with a password needs. */
export type NamedAccount = Pick<
  Account,
  'id' | 'passwordHash' | 'epoch' | 'isAnonymous' | 'role' | 'disabledAt' | 'deletionDueAt'
>;

/** Accounts past their deletion date are treated as unknown. */
const ACCOUNT_BY_USERNAME_SQL = `select id, password_hash, epoch, is_anonymous, role, disabled_at, deletion_due_at
  from accounts where username_key = ? and ${NOT_PAST_DELETION_SQL}`;

interface Row {
  readonly id: string;
  readonly password_hash: string | null;
  readonly epoch: number;
  readonly is_anonymous: boolean | number;
  readonly role: Role;
  readonly disabled_at: string | number | null;
  readonly deletion_due_at: string | number | null;
}

/** The account with a username key, which may be any text without NUL. Raw SQL, because every sign-in runs it. */
export async function findAccountByUsername(
  em: EntityManager,
  usernameKey: string,
): Promise<NamedAccount | undefined> {
  const [row] = await (em as SqlEntityManager).execute<Row[]>(ACCOUNT_BY_USERNAME_SQL, [
    usernameKey,
    new Date(),
  ]);
  return row && toNamedAccount(row);
}

function toNamedAccount(row: Row): NamedAccount {
  return {
    id: row.id,
    passwordHash: row.password_hash,
    epoch: row.epoch,
    isAnonymous: Boolean(row.is_anonymous),
    role: row.role,
    disabledAt: toDate(row.disabled_at),
    deletionDueAt: toDate(row.deletion_due_at),
  };
}

function toDate(value: string | number | null): Date | null {
  return value === null ? null : new Date(value);
}
