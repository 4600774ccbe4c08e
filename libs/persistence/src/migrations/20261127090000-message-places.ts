import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** How many messages an account has sent to an assistant in the last minute, where that has a limit. */
export class MessagePlaces extends Migration {
  override up(): void {
    const { uuid, instant } = columnTypes(this.driver);

    this.addSql(`create table message_places (
      account_id ${uuid} not null references accounts (id) on delete cascade,
      profile_id text not null,
      place integer not null,
      taken_at ${instant} not null,
      primary key (account_id, profile_id, place)
    )`);
  }
}
