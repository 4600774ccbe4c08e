import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** What tools have shown beside their texts. Files lie here in chunks, so that no reader needs the whole of one. */
export class Cards extends Migration {
  override up(): void {
    const { uuid, bytes } = columnTypes(this.driver);

    this.addSql('alter table conversations add column file_bytes bigint not null default 0');
    this.addSql('alter table chat_usage add column file_bytes bigint not null default 0');
    this.addSql(`create table cards (
      run_id ${uuid} not null references runs (id) on delete cascade,
      call_id text not null,
      title text not null,
      text text not null,
      is_cut integer not null,
      primary key (run_id, call_id)
    )`);
    this.addSql(`create table card_files (
      id ${uuid} primary key,
      run_id ${uuid} not null,
      call_id text not null,
      name text not null,
      media_type text not null,
      size_bytes integer not null,
      width integer,
      height integer,
      digest text not null,
      is_whole integer not null,
      foreign key (run_id, call_id) references cards (run_id, call_id) on delete cascade
    )`);
    this.addSql('create index card_files_card on card_files (run_id, call_id)');
    this.addSql(`create table card_file_chunks (
      file_id ${uuid} not null references card_files (id) on delete cascade,
      seq integer not null,
      bytes ${bytes} not null,
      primary key (file_id, seq)
    )`);
  }
}
