import { Migration } from '@mikro-orm/migrations';

/** Who a title is from: a model replaces the beginning of the first message, and nothing else. */
export class Titles extends Migration {
  override up(): void {
    this.addSql(
      `alter table conversations add column title_source text not null default 'message'`,
    );
  }
}
