import { Migration } from '@mikro-orm/migrations';

/** What is searched in a note, folded by the personal tools. They fill it in for older notes; the index finds those. */
export class FoldedNotes extends Migration {
  override up(): void {
    this.addSql('alter table personal_notes add column search_text text');
    this.addSql(
      'create index personal_notes_unfolded on personal_notes (owner_id) where search_text is null',
    );
  }
}
