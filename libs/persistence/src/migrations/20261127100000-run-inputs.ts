import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** What tools ask of people in the middle of their work, and what a run waits for. */
export class RunInputs extends Migration {
  override up(): void {
    const { uuid, instant } = columnTypes(this.driver);

    this.addSql(`create table run_inputs (
      run_id ${uuid} not null references runs (id) on delete cascade,
      input_id text not null,
      call_id text not null,
      kind text not null,
      title text not null,
      message text not null,
      fields text,
      url text,
      state text not null,
      content text,
      created_at ${instant} not null,
      expires_at ${instant} not null,
      decided_at ${instant},
      primary key (run_id, input_id)
    )`);
    this.addSql(
      `create index run_inputs_pending on run_inputs (expires_at) where state = 'pending'`,
    );
    this.addSql(
      `alter table run_suspensions add column waits_for text not null default 'approval'`,
    );
  }
}
