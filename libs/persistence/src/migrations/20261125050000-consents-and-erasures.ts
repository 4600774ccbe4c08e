import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** What people have agreed to, and who is being forgotten. */
export class ConsentsAndErasures extends Migration {
  override up(): void {
    const { uuid, instant } = columnTypes(this.driver);

    this.addSql(`create table consents (
      id ${uuid} primary key,
      account_id ${uuid} not null references accounts (id) on delete cascade,
      purpose text not null,
      version text not null,
      given_at ${instant} not null,
      withdrawn_at ${instant}
    )`);
    this.addSql('create index consents_account on consents (account_id, id)');
    this.addSql(
      'create unique index consents_live on consents (account_id, purpose) where withdrawn_at is null',
    );

    // Gone with its account, and with it the last thing that ties the pseudonym to the person.
    this.addSql(`create table erasures (
      account_id ${uuid} primary key references accounts (id) on delete cascade,
      pseudonym ${uuid} not null,
      begun_at ${instant} not null
    )`);
    this.addSql('create index audit_records_object on audit_records (object_id)');
  }
}
