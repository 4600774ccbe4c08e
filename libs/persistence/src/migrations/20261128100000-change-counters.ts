import { Migration } from '@mikro-orm/migrations';

/** What operators have changed last, as counters that all instances look at. */
export class ChangeCounters extends Migration {
  override up(): void {
    this.addSql('create table change_counters (topic text primary key, version bigint not null)');
  }
}
