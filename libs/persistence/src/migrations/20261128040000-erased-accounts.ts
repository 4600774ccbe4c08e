import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** The ledger of erased accounts: digests of their ids, by which a database that still has them is told to erase again. */
export class ErasedAccounts extends Migration {
  override up(): void {
    const { instant } = columnTypes(this.driver);

    this.addSql(`create table erased_accounts (
      digest text primary key,
      erased_at ${instant} not null
    )`);
    this.addSql('create index erased_accounts_time on erased_accounts (erased_at)');
  }
}
