import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** Since when an account has its role, by which administrator, and when that was last confirmed. */
export class RoleGrants extends Migration {
  override up(): void {
    const { uuid, instant } = columnTypes(this.driver);

    for (const column of ['role_since', 'role_reviewed_at']) {
      this.addSql(`alter table accounts add column ${column} ${instant}`);
    }
    // Of an administrator who is erased nothing stays here. Their rows are looked for by the database then.
    for (const column of ['role_given_by', 'role_reviewed_by']) {
      this.addSql(
        `alter table accounts add column ${column} ${uuid} references accounts (id) on delete set null`,
      );
      this.addSql(
        `create index accounts_${column} on accounts (${column}) where ${column} is not null`,
      );
    }
    // Nothing is known of when: not after the account was made.
    this.addSql(`update accounts set role_since = created_at where role <> 'user'`);
    this.addSql(`create index accounts_with_role on accounts (role, id) where role <> 'user'`);
  }
}
