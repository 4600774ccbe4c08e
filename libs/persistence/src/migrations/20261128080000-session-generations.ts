import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** The generation of a session: one row ends all sessions of those before it. */
export class SessionGenerations extends Migration {
  override up(): void {
    const { instant } = columnTypes(this.driver);

    this.addSql(`create table session_generations (
      kind text primary key,
      generation integer not null,
      begun_at ${instant},
      is_noted boolean not null
    )`);
    this.addSql(
      `insert into session_generations values ('account', 0, null, true), ('device', 1, null, true)`,
    );
    this.addSql('alter table sessions add column generation integer not null default 0');
    this.addSql(`update sessions set generation = 1 where methods = 'device'`);
  }
}
