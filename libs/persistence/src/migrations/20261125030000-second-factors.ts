import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

export class SecondFactors extends Migration {
  override up(): void {
    const { uuid, instant } = columnTypes(this.driver);

    this.addSql(`create table totp_secrets (
      account_id ${uuid} primary key references accounts (id) on delete cascade,
      secret text not null,
      created_at ${instant} not null,
      confirmed_at ${instant},
      last_step integer not null
    )`);
    this.addSql(`create table recovery_codes (
      code_hash text primary key,
      account_id ${uuid} not null references accounts (id) on delete cascade,
      created_at ${instant} not null
    )`);
    this.addSql('create index recovery_codes_account on recovery_codes (account_id)');
    this.addSql(`create table passkeys (
      id ${uuid} primary key,
      credential_id text not null unique,
      account_id ${uuid} not null references accounts (id) on delete cascade,
      public_key text not null,
      counter bigint not null,
      transports text not null,
      name text not null,
      backed_up boolean not null,
      created_at ${instant} not null,
      last_used_at ${instant}
    )`);
    this.addSql('create index passkeys_account on passkeys (account_id, id)');
    this.addSql(`create table auth_challenges (
      challenge_hash text primary key,
      purpose text not null,
      account_id ${uuid} references accounts (id) on delete cascade,
      data text,
      expires_at ${instant} not null
    )`);
    this.addSql('create index auth_challenges_account on auth_challenges (account_id)');
    this.addSql('create index auth_challenges_expiry on auth_challenges (expires_at)');
  }
}
