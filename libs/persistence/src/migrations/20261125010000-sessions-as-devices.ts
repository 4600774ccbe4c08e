import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** Accounts that can do without a password, sessions that know their device, and what guards both. */
export class SessionsAsDevices extends Migration {
  override up(): void {
    const { uuid, instant } = columnTypes(this.driver);

    // SQLite cannot drop a NOT NULL: the column is created again.
    this.addSql('alter table accounts rename column password_hash to former_password_hash');
    this.addSql('alter table accounts add column password_hash text');
    this.addSql('update accounts set password_hash = former_password_hash');
    this.addSql('alter table accounts drop column former_password_hash');
    this.addSql(`alter table accounts add column password_changed_at ${instant}`);
    this.addSql('alter table accounts add column email text');
    this.addSql('alter table accounts add column email_key text');
    this.addSql(`alter table accounts add column email_verified_at ${instant}`);
    this.addSql('alter table accounts add column is_anonymous boolean not null default false');
    this.addSql('alter table accounts add column epoch integer not null default 0');
    this.addSql(`alter table accounts add column disabled_at ${instant}`);
    this.addSql(`alter table accounts add column deletion_due_at ${instant}`);
    this.addSql('create unique index accounts_email on accounts (email_key)');
    this.addSql(
      'create index accounts_deletion on accounts (deletion_due_at) where deletion_due_at is not null',
    );

    this.addSql(`create table device_sessions (
      id ${uuid} primary key,
      account_id ${uuid} not null references accounts (id) on delete cascade,
      created_at ${instant} not null,
      expires_at ${instant} not null,
      last_seen_at ${instant} not null,
      authenticated_at ${instant} not null,
      second_factor_at ${instant},
      methods text not null,
      known_device_id ${uuid},
      device_name text,
      platform text,
      app_version text,
      ip text not null,
      dpop_key text,
      revoked_at ${instant},
      revoked_because text
    )`);
    // Last seen when its newest token was issued: by its age alone, a session in daily use would be idle.
    this.addSql(`insert into device_sessions
      (id, account_id, created_at, expires_at, last_seen_at, authenticated_at, methods, ip,
       revoked_at, revoked_because)
      select id, account_id, created_at, expires_at,
             coalesce((select max(refresh_tokens.created_at) from refresh_tokens
                       where refresh_tokens.session_id = sessions.id), created_at),
             created_at, 'pwd', 'unknown', revoked_at, revoked_because from sessions`);
    this.addSql(`create table session_refresh_tokens (
      token_hash text primary key,
      session_id ${uuid} not null references device_sessions (id) on delete cascade,
      created_at ${instant} not null,
      expires_at ${instant} not null,
      used_at ${instant}
    )`);
    this.addSql(`insert into session_refresh_tokens
      select token_hash, session_id, created_at, expires_at, used_at from refresh_tokens`);
    this.addSql('drop table refresh_tokens');
    this.addSql('drop table sessions');
    this.addSql('alter table device_sessions rename to sessions');
    this.addSql('alter table session_refresh_tokens rename to refresh_tokens');
    this.addSql('create index sessions_account on sessions (account_id, last_seen_at)');
    this.addSql('create index sessions_expiry on sessions (expires_at)');
    this.addSql('create index sessions_last_seen on sessions (last_seen_at)');
    this.addSql('create index refresh_tokens_session on refresh_tokens (session_id)');
    this.addSql('create index refresh_tokens_expiry on refresh_tokens (expires_at)');

    this.addSql(`create table known_devices (
      id ${uuid} primary key,
      account_id ${uuid} not null references accounts (id) on delete cascade,
      token_hash text not null unique,
      name text,
      created_at ${instant} not null,
      last_used_at ${instant} not null
    )`);
    this.addSql('create index known_devices_account on known_devices (account_id, last_used_at)');

    // No reference to accounts: names without an account are counted like those with one.
    this.addSql(`create table guess_counters (
      counter_key text primary key,
      failures integer not null,
      locked_until bigint not null,
      last_failed_at bigint not null
    )`);
    this.addSql(`create table security_notices (
      id ${uuid} primary key,
      account_id ${uuid} not null references accounts (id) on delete cascade,
      kind text not null,
      occurred_at ${instant} not null,
      ip text,
      device_name text
    )`);
    this.addSql('create index security_notices_account on security_notices (account_id, id)');
  }
}
