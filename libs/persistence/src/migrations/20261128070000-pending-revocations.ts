import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** What authorization servers are still to forget, and since when no profile names the server of a connection. */
export class PendingRevocations extends Migration {
  override up(): void {
    const { uuid, instant } = columnTypes(this.driver);

    // Of no account: the person may have been erased.
    this.addSql(`create table pending_revocations (
      id ${uuid} primary key,
      server text not null,
      sealed_grant text not null,
      attempts integer not null,
      created_at ${instant} not null,
      next_at ${instant} not null
    )`);
    this.addSql('create index pending_revocations_next on pending_revocations (next_at)');
    this.addSql(`alter table server_connections add column orphaned_at ${instant}`);
  }
}
