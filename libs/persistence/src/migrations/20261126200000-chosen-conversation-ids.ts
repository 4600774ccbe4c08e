import { Migration } from '@mikro-orm/migrations';

/** The ids that clients chose for conversations. The gateway made the ids of those without one. */
export class ChosenConversationIds extends Migration {
  override up(): void {
    this.addSql('alter table conversations add column chosen_id text');
  }
}
