import { Migration } from '@mikro-orm/migrations';

/** One run at a time in a conversation, and a bounded number for an account with an assistant. */
export class OneWriter extends Migration {
  override up(): void {
    // Of several that go on side by side in a conversation only the latest does so from now on.
    this.addSql(`update runs set status = 'interrupted', finished_at = created_at
      where finished_at is null and exists (
        select 1 from runs later where later.conversation_id = runs.conversation_id
        and later.finished_at is null and later.id > runs.id
      )`);
    this.addSql('alter table runs add column place text');
    this.addSql(
      `create unique index runs_turn on runs (conversation_id) where finished_at is null`,
    );
    this.addSql(`create unique index runs_place on runs (place) where finished_at is null`);
  }
}
