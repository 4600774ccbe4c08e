import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** The parts of answers as they come, and which process works on which run. */
export class RunEvents extends Migration {
  override up(): void {
    const { uuid, instant } = columnTypes(this.driver);

    this.addSql(`create table gateway_instances (
      id ${uuid} primary key,
      alive_until ${instant} not null
    )`);
    this.addSql(`alter table runs add column instance_id ${uuid}`);
    this.addSql(`alter table runs add column log text not null default 'none'`);
    this.addSql(`alter table runs add column cancel_requested_at ${instant}`);
    this.addSql(`create index runs_cancelled on runs (instance_id)
      where cancel_requested_at is not null and finished_at is null`);
    this.addSql(`create index runs_logged on runs (finished_at) where log = 'kept'`);
    this.addSql(`create table run_events (
      run_id ${uuid} not null references runs (id) on delete cascade,
      seq integer not null,
      part text not null,
      primary key (run_id, seq)
    )`);
  }
}
