import { Migration } from '@mikro-orm/migrations';

/** Which connection a run waits for. */
export class ConnectionsOfRuns extends Migration {
  override up(): void {
    this.addSql('alter table run_inputs add column connection_id text');
    this.addSql(`create index run_inputs_connections on run_inputs (connection_id)
      where state = 'pending' and connection_id is not null`);
  }
}
