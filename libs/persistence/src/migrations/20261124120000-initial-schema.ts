import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

export class InitialSchema extends Migration {
  override up(): void {
    const { uuid, instant } = columnTypes(this.driver);

    this.addSql(`create table accounts (
      id ${uuid} primary key,
      username text not null,
      username_key text not null unique,
      password_hash text not null,
      role text not null,
      created_at ${instant} not null
    )`);
    this.addSql(`create table sessions (
      id ${uuid} primary key,
      account_id ${uuid} not null references accounts (id) on delete cascade,
      created_at ${instant} not null,
      expires_at ${instant} not null,
      revoked_at ${instant},
      revoked_because text
    )`);
    this.addSql('create index sessions_account on sessions (account_id)');
    this.addSql(`create table refresh_tokens (
      token_hash text primary key,
      session_id ${uuid} not null references sessions (id) on delete cascade,
      created_at ${instant} not null,
      expires_at ${instant} not null,
      used_at ${instant}
    )`);
    this.addSql('create index refresh_tokens_session on refresh_tokens (session_id)');

    this.addSql(`create table conversations (
      id ${uuid} primary key,
      account_id ${uuid} not null references accounts (id) on delete cascade,
      profile_id text not null,
      title text not null,
      created_at ${instant} not null,
      updated_at ${instant} not null
    )`);
    this.addSql('create index conversations_recent on conversations (account_id, updated_at, id)');
    this.addSql(`create table runs (
      id ${uuid} primary key,
      conversation_id ${uuid} not null references conversations (id) on delete cascade,
      status text not null,
      error_code text,
      created_at ${instant} not null,
      deadline_at ${instant} not null,
      finished_at ${instant}
    )`);
    this.addSql('create index runs_conversation on runs (conversation_id)');
    this.addSql('create index runs_unfinished on runs (deadline_at) where finished_at is null');
    this.addSql(`create table messages (
      id ${uuid} primary key,
      conversation_id ${uuid} not null references conversations (id) on delete cascade,
      run_id ${uuid} not null references runs (id) on delete cascade,
      role text not null,
      content text not null,
      created_at ${instant} not null
    )`);
    this.addSql('create index messages_conversation on messages (conversation_id, id)');
    this.addSql('create index messages_run on messages (run_id)');

    // No reference to accounts: the trail outlives what it tells of.
    this.addSql(`create table audit_records (
      id ${uuid} primary key,
      occurred_at ${instant} not null,
      actor_id ${uuid},
      action text not null,
      object_type text,
      object_id text,
      outcome text not null,
      ip text not null,
      request_id text not null
    )`);
    this.addSql('create index audit_records_actor on audit_records (actor_id, occurred_at)');

    // Owners are plain ids: the tools' process knows no accounts.
    this.addSql(`create table personal_notes (
      id ${uuid} primary key,
      owner_id ${uuid} not null,
      number integer not null,
      title text not null,
      text text not null,
      created_at ${instant} not null,
      unique (owner_id, number)
    )`);
    this.addSql(`create table personal_tasks (
      id ${uuid} primary key,
      owner_id ${uuid} not null,
      number integer not null,
      title text not null,
      due_on text,
      done_at ${instant},
      created_at ${instant} not null,
      unique (owner_id, number)
    )`);
    this.addSql(`create table personal_events (
      id ${uuid} primary key,
      owner_id ${uuid} not null,
      number integer not null,
      title text not null,
      starts_at ${instant} not null,
      ends_at ${instant},
      place text,
      created_at ${instant} not null,
      unique (owner_id, number)
    )`);
    this.addSql('create index personal_events_start on personal_events (owner_id, starts_at)');
  }
}
