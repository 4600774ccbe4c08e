import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** What the files of assistants have said, and which version of each is in force. */
export class ProfileVersions extends Migration {
  override up(): void {
    const { uuid, instant } = columnTypes(this.driver);

    this.addSql(`create table profile_versions (
      profile_id text not null,
      number integer not null,
      sha256 text not null,
      content text not null,
      pins text,
      created_at ${instant} not null,
      operator_id ${uuid} references accounts (id) on delete set null,
      primary key (profile_id, number)
    )`);
    this.addSql('create index profile_versions_operator on profile_versions (operator_id)');
    this.addSql(`create table profile_states (
      profile_id text primary key,
      version integer,
      file_sha256 text not null,
      changed_at ${instant} not null,
      operator_id ${uuid} references accounts (id) on delete set null
    )`);
    this.addSql('create index profile_states_operator on profile_states (operator_id)');
  }
}
