import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** What a run needs to go on after the person has decided, and what they are asked. */
export class Approvals extends Migration {
  override up(): void {
    const { uuid, instant } = columnTypes(this.driver);

    this.addSql(`create table run_suspensions (
      run_id ${uuid} primary key references runs (id) on delete cascade,
      engine text not null,
      state text not null,
      created_at ${instant} not null
    )`);
    this.addSql(`create table run_approvals (
      run_id ${uuid} not null references runs (id) on delete cascade,
      call_id text not null,
      tool text not null,
      title text not null,
      summary text not null,
      arguments text not null,
      arguments_digest text not null,
      definition_digest text not null,
      state text not null,
      created_at ${instant} not null,
      expires_at ${instant} not null,
      decided_at ${instant},
      primary key (run_id, call_id)
    )`);
    this.addSql(`create index run_approvals_pending on run_approvals (expires_at)
      where state = 'pending'`);
  }
}
