import { Migration } from '@mikro-orm/migrations';

/** What a person thinks of an answer: it comes and goes with the row of the answer. */
export class Feedback extends Migration {
  override up(): void {
    this.addSql('alter table messages add column rating text');
    this.addSql('alter table messages add column rating_comment text');
  }
}
