import { Migration } from '@mikro-orm/migrations';
import { type ColumnTypes, columnTypes } from './column-types.js';

/**
 * What makes the audit trail one that cannot be changed unnoticed. On PostgreSQL records are changed and removed by two
 * functions alone, so that the role of the service needs no more than to insert and to read.
 */
export class AuditChain extends Migration {
  override up(): void {
    const types = columnTypes(this.driver);
    const { uuid, instant, bytes } = types;

    // By the process that has written the record; none of records of earlier releases.
    this.addSql(`alter table audit_records add column mac ${bytes}`);
    this.addSql(`create table audit_chain (
      place integer primary key check (place = 1),
      id ${uuid} not null,
      created_at ${instant} not null,
      legacy_until ${instant} not null
    )`);
    // No references: a record that is gone must leave its seal behind.
    this.addSql(`create table audit_seals (
      sequence bigint primary key,
      record_id ${uuid} not null unique,
      salt ${bytes},
      personal ${bytes} not null,
      content ${bytes} not null,
      hash ${bytes} not null,
      mac ${bytes} not null
    )`);
    this.addSql(`create table audit_redactions (
      redaction_id ${uuid} not null,
      record_id ${uuid} not null,
      salt ${bytes},
      digest ${bytes} not null,
      primary key (redaction_id, record_id)
    )`);
    this.addSql('create index audit_redactions_record on audit_redactions (record_id)');
    this.addSql(`create table audit_checkpoints (
      number integer primary key,
      sequence bigint not null,
      token text not null
    )`);
    this.addSql('create index audit_checkpoints_sequence on audit_checkpoints (sequence)');
    this.addSql(`create table audit_pending (
      record_id ${uuid} primary key,
      refused boolean not null default false
    )`);
    if (types.uuid === 'text') this.awaitSeals();
    else this.awaitSealsOnServer(types);
  }

  private awaitSeals(): void {
    this.addSql(`create trigger audit_records_added after insert on audit_records begin
      insert into audit_pending (record_id) values (new.id);
    end`);
  }

  private awaitSealsOnServer({ uuid }: ColumnTypes): void {
    this.addSql(`create function audit_await_seal() returns trigger language plpgsql as $$
      begin
        insert into audit_pending (record_id) values (new.id);
        return null;
      end $$`);
    this.addSql(`create trigger audit_records_added after insert on audit_records
      for each row execute function audit_await_seal()`);
    const values = `jsonb_to_recordset(records)
      as n(id ${uuid}, actor_id ${uuid}, object_id text, ip text, request_id text, salt text, digest text)`;
    this
      .addSql(`create function audit_redact(redaction ${uuid}, records jsonb) returns void language sql
      security definer as $$
        update audit_records r set actor_id = n.actor_id, object_id = n.object_id, ip = n.ip,
          request_id = n.request_id, mac = null from ${values} where r.id = n.id;
        update audit_seals s set salt = null from ${values} where s.record_id = n.id;
        update audit_redactions x set salt = null from ${values} where x.record_id = n.id;
        insert into audit_redactions (redaction_id, record_id, salt, digest)
          select redaction, n.id, decode(n.salt, 'hex'), decode(n.digest, 'hex')
          from ${values} where n.digest is not null;
      $$`);
    // Of whole segments only, oldest first, so many at a time.
    this
      .addSql(`create function audit_retire(through bigint, most integer) returns bigint language sql
      security definer as $$
        with gone as (delete from audit_seals where sequence in (
            select sequence from audit_seals where sequence <= through
              and exists (select from audit_checkpoints c where c.sequence = through)
            order by sequence limit most) returning record_id),
          records as (delete from audit_records r using gone where r.id = gone.record_id),
          redactions as (delete from audit_redactions x using gone where x.redaction_id = gone.record_id)
        select count(*) from gone
      $$`);
    this.sealOffSchema([`audit_redact(${uuid}, jsonb)`, 'audit_retire(bigint, integer)']);
  }

  /** Where `pg_temp` is not named it comes first: a caller's temporary table would run its triggers as the owner. */
  private sealOffSchema(functions: readonly string[]): void {
    for (const name of functions) {
      this.addSql(`do $$ begin
        execute format('alter function ${name} set search_path = %I, pg_temp', current_schema());
      end $$`);
    }
  }
}
