import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** What two administrators have to agree on, changed limits of calls, and what is used by day, for reports. */
export class Confirmations extends Migration {
  override up(): void {
    const { uuid, instant } = columnTypes(this.driver);
    const account = `${uuid} references accounts (id) on delete cascade`;

    this.addSql(`create table confirmations (
      id ${uuid} primary key,
      act text not null,
      arguments text not null,
      digest text not null,
      subject_id ${account},
      requester_id ${account},
      requested_at ${instant} not null,
      expires_at ${instant} not null,
      confirmer_id ${account},
      confirmed_at ${instant},
      used_at ${instant}
    )`);
    this.addSql('create index confirmations_digest on confirmations (digest)');
    for (const column of ['subject_id', 'requester_id', 'confirmer_id']) {
      this.addSql(`create index confirmations_${column} on confirmations (${column})`);
    }
    this.addSql('create index confirmations_expires on confirmations (expires_at)');

    this.addSql(`create table limit_changes (
      name text primary key,
      hits integer not null,
      reason text not null,
      changed_at ${instant} not null,
      expires_at ${instant}
    )`);

    this.addSql('create index token_usage_day on token_usage (day)');
  }
}
