import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** By which key a client marked a message, so that a repetition begins no second run. */
export class IdempotencyKeys extends Migration {
  override up(): void {
    const { uuid, instant } = columnTypes(this.driver);

    this.addSql(`create table idempotency_keys (
      account_id ${uuid} not null references accounts (id) on delete cascade,
      key_digest text not null,
      message_digest text not null,
      run_id ${uuid} not null references runs (id) on delete cascade,
      created_at ${instant} not null,
      primary key (account_id, key_digest)
    )`);
    this.addSql('create index idempotency_keys_run on idempotency_keys (run_id)');
    this.addSql('create index idempotency_keys_age on idempotency_keys (created_at)');
  }
}
