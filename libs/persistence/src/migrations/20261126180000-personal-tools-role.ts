import { Migration } from '@mikro-orm/migrations';

/**
 * Lets the personal tools' own role, where an operator has made one, read and write their tables and nothing else. It
 * also reads which migrations were applied, as each process does at its start. A table that the tools get later needs a
 * grant in its own migration.
 */
export class PersonalToolsRole extends Migration {
  override up(): void {
    if (this.driver.getPlatform().constructor.name.startsWith('Sqlite')) return;
    this.addSql(`do $$ begin
      if exists (select from pg_roles where rolname = 'personal_tools') then
        grant select on schema_migrations to personal_tools;
        grant select, insert, update, delete
          on personal_notes, personal_tasks, personal_events to personal_tools;
      end if;
    end $$`);
  }
}
