import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** What operators have set the levels of the log to, by module. */
export class LogLevelChanges extends Migration {
  override up(): void {
    const { instant } = columnTypes(this.driver);

    this.addSql(`create table log_level_changes (
      module text primary key,
      level text not null,
      reason text not null,
      changed_at ${instant} not null,
      expires_at ${instant} not null
    )`);
  }
}
