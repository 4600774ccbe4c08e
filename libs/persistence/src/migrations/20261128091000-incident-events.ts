import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** The security events that incidents were opened from, as they were then: an event is deleted before its incident. */
export class IncidentEvents extends Migration {
  override up(): void {
    const { uuid, instant } = columnTypes(this.driver);

    this.addSql(`create table incident_events (
      event_id ${uuid} primary key,
      incident_id ${uuid} not null references incidents (id),
      rule text not null,
      severity integer not null,
      subject_type text not null,
      account_id ${uuid},
      address text,
      object text,
      evidence text not null,
      count integer not null,
      first_seen_at ${instant} not null,
      last_seen_at ${instant} not null,
      linked_at ${instant} not null
    )`);
    this.addSql('create index incident_events_incident on incident_events (incident_id)');
    this.addSql('create index incident_events_account on incident_events (account_id)');
    this.addSql('create index incident_events_rule on incident_events (rule, subject_type)');
  }
}
