import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** Tokens that are mailed. One row for each account and purpose: a newer token takes the place of the older. */
export class EmailTokens extends Migration {
  override up(): void {
    const { uuid, instant } = columnTypes(this.driver);
    this.addSql(`create table email_tokens (
      account_id ${uuid} not null references accounts (id) on delete cascade,
      purpose text not null,
      token_hash text not null unique,
      email text,
      created_at ${instant} not null,
      expires_at ${instant} not null,
      primary key (account_id, purpose)
    )`);
  }
}
