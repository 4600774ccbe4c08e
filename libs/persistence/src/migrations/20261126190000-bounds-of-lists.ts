import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** Indexes in the order in which lists are read, and conversations that are deleted step by step. */
export class BoundsOfLists extends Migration {
  override up(): void {
    const { instant } = columnTypes(this.driver);

    this.addSql(`alter table conversations add column deleted_at ${instant}`);
    this.addSql(
      'create index conversations_deleted on conversations (id) where deleted_at is not null',
    );
    this.addSql('create index conversations_account on conversations (account_id, id)');
    this.addSql('drop index runs_conversation');
    this.addSql('create index runs_conversation on runs (conversation_id, id)');
    this.addSql('drop index audit_records_actor');
    this.addSql('create index audit_records_actor on audit_records (actor_id, id)');
    this.addSql('create index audit_records_action on audit_records (action, id)');
    this.addSql('drop index audit_records_object');
    this.addSql('create index audit_records_object on audit_records (object_id, id)');
  }
}
