import { Migration } from '@mikro-orm/migrations';

/** Conversations that a person has pinned or archived, and the index in the order of their lists. */
export class PlacesOfConversations extends Migration {
  override up(): void {
    this.addSql('alter table conversations add column pinned boolean not null default false');
    this.addSql('alter table conversations add column archived boolean not null default false');
    this.addSql('drop index conversations_recent');
    this.addSql(`create index conversations_recent
      on conversations (account_id, archived, pinned, updated_at, id)`);
  }
}
