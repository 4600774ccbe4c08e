import { Migration } from '@mikro-orm/migrations';

/** DPoP proofs that were used where Redis could not tell all instances of it. Moments are milliseconds since 1970. */
export class UsedProofs extends Migration {
  override up(): void {
    this.addSql(`create table used_proofs (
      digest text primary key,
      alone boolean not null,
      expires_at bigint not null
    )`);
    this.addSql('create index used_proofs_expiry on used_proofs (expires_at)');
  }
}
