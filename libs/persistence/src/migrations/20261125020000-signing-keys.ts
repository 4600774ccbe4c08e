import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

export class SigningKeys extends Migration {
  override up(): void {
    const { instant } = columnTypes(this.driver);
    this.addSql(`create table signing_keys (
      kid text primary key,
      secret text not null,
      revokes text not null,
      created_at ${instant} not null,
      retires_at ${instant}
    )`);
    // Of rotations at the same time only one may find the place of the signing key free.
    this.addSql(`create unique index signing_keys_current on signing_keys ((retires_at is null))
      where retires_at is null`);
  }
}
