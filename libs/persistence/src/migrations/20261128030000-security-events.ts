import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** What detection has found, what operators are told of it, and sessions by the network that they come from. */
export class SecurityEvents extends Migration {
  override up(): void {
    const { uuid, instant } = columnTypes(this.driver);

    this.addSql(`create table security_events (
      id ${uuid} primary key,
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
      instance text not null,
      containment text,
      contained_until ${instant},
      acknowledged_at ${instant},
      acknowledged_by ${uuid},
      open_key text unique
    )`);
    this.addSql('create index security_events_account on security_events (account_id)');
    this.addSql('create index security_events_seen on security_events (last_seen_at)');
    this.addSql(`create table security_notifications (
      id ${uuid} primary key,
      event_id ${uuid} not null references security_events (id) on delete cascade,
      channel text not null,
      severity integer not null,
      state text not null,
      attempts integer not null,
      created_at ${instant} not null,
      due_at ${instant} not null,
      settled_at ${instant},
      reason text,
      lease_id ${uuid},
      lease_until ${instant},
      unique (event_id, channel, severity)
    )`);
    this.addSql(
      "create index security_notifications_due on security_notifications (due_at) where state = 'waiting'",
    );
    this.addSql(
      'create index security_notifications_made on security_notifications (channel, created_at)',
    );
    this.addSql('create index sessions_ip on sessions (ip, account_id)');
  }
}
