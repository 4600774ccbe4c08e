import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** What people have allowed at MCP servers, how they get there, and which client the gateway is there. */
export class ServerConnections extends Migration {
  override up(): void {
    const { uuid, instant } = columnTypes(this.driver);

    this.addSql(`create table server_connections (
      id ${uuid} primary key,
      account_id ${uuid} not null references accounts (id) on delete cascade,
      server text not null,
      profile_id text not null,
      server_name text not null,
      issuer text not null,
      resource text not null,
      scope text not null,
      missing_scope text,
      state text not null,
      sealed_grant text not null,
      version integer not null,
      connected_at ${instant} not null,
      renew_at ${instant},
      expires_at ${instant},
      lease_id ${uuid},
      lease_until ${instant},
      unique (account_id, server)
    )`);
    this.addSql(`create table connection_attempts (
      account_id ${uuid} not null references accounts (id) on delete cascade,
      server text not null,
      state_hash text not null unique,
      state text not null,
      sealed_data text not null,
      code_hash text,
      wrong_codes integer not null,
      expires_at ${instant} not null,
      primary key (account_id, server)
    )`);
    this.addSql('create index connection_attempts_expiry on connection_attempts (expires_at)');
    this.addSql(`create table oauth_clients (
      issuer text not null,
      redirect_uri text not null,
      sealed_client text not null,
      created_at ${instant} not null,
      expires_at ${instant},
      primary key (issuer, redirect_uri)
    )`);
  }
}
