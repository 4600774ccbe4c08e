import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { NOT_DUE } from './account-use.js';
import type { Account } from './account.entity.js';

/** What a sign-in with a password needs of its account. */
export type NamedAccount = Pick<
  Account,
  'id' | 'passwordHash' | 'epoch' | 'isAnonymous' | 'disabledAt' | 'deletionDueAt'
>;

/** Of nobody whose account is due: to strangers it is unknown. */
const OF_NAME = `select id, password_hash, epoch, is_anonymous, disabled_at, deletion_due_at
  from accounts where username_key = ? and ${NOT_DUE}`;

interface Row {
  readonly id: string;
  readonly password_hash: string | null;
  readonly epoch: number;
  readonly is_anonymous: boolean | number;
  readonly disabled_at: string | number | null;
  readonly deletion_due_at: string | number | null;
}

/** The account of a name, which may be any text but for a NUL. Each sign-in asks for it, so it goes past the entity. */
export async function accountOfName(
  em: EntityManager,
  usernameKey: string,
): Promise<NamedAccount | undefined> {
  const [row] = await (em as SqlEntityManager).execute<Row[]>(OF_NAME, [usernameKey, new Date()]);
  return row && toNamedAccount(row);
}

function toNamedAccount(row: Row): NamedAccount {
  return {
    id: row.id,
    passwordHash: row.password_hash,
    epoch: row.epoch,
    isAnonymous: Boolean(row.is_anonymous),
    disabledAt: toDate(row.disabled_at),
    deletionDueAt: toDate(row.deletion_due_at),
  };
}

function toDate(value: string | number | null): Date | null {
  return value === null ? null : new Date(value);
}
