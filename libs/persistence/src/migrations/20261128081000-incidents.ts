import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** Incidents with their timeline, and the audit trail by address, by which affected accounts are found. */
export class Incidents extends Migration {
  override up(): void {
    const { uuid, instant } = columnTypes(this.driver);

    this.addSql(`create table incidents (
      id ${uuid} primary key,
      kind text not null,
      title text not null,
      severity text,
      summary text,
      phase text not null,
      opened_at ${instant} not null,
      opened_by ${uuid},
      changed_at ${instant} not null,
      closed_at ${instant},
      lessons text,
      entry_count integer not null
    )`);
    this.addSql('create index incidents_open on incidents (id) where closed_at is null');

    // No reference to accounts: what happened outlives them, under pseudonyms.
    this.addSql(`create table incident_entries (
      incident_id ${uuid} not null references incidents (id),
      number integer not null,
      occurred_at ${instant} not null,
      kind text not null,
      actor_id ${uuid},
      subject text,
      outcome text,
      text text not null,
      primary key (incident_id, number)
    )`);
    this.addSql('create index incident_entries_actor on incident_entries (actor_id)');
    this.addSql(`create table incident_accounts (
      incident_id ${uuid} not null references incidents (id),
      account_id ${uuid} not null,
      source text not null,
      added_at ${instant} not null,
      primary key (incident_id, account_id)
    )`);
    this.addSql('create index incident_accounts_account on incident_accounts (account_id)');
    this.addSql(`create table incident_items (
      id ${uuid} primary key,
      incident_id ${uuid} not null references incidents (id),
      phase text not null,
      position integer not null,
      text text not null,
      state text not null,
      note text,
      settled_at ${instant},
      settled_by ${uuid}
    )`);
    this.addSql('create index incident_items_incident on incident_items (incident_id, position)');
    this.addSql(`create table incident_actions (
      incident_id ${uuid} not null references incidents (id),
      action_key text not null,
      type text not null,
      target text,
      state text not null,
      error_code text,
      result_id text,
      attempts integer not null,
      started_at ${instant} not null,
      ended_at ${instant},
      actor_id ${uuid},
      primary key (incident_id, action_key)
    )`);

    this.addSql('create index audit_records_address on audit_records (ip, id)');
  }
}
