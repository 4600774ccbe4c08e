import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/** What each account keeps in conversations, counted once here and then as it comes and goes. */
export class ChatUsage extends Migration {
  override up(): void {
    const { uuid } = columnTypes(this.driver);

    this.addSql('alter table conversations add column message_count integer not null default 0');
    this.addSql('alter table conversations add column content_bytes bigint not null default 0');
    this.addSql(`update conversations set
      message_count = (select count(*) from messages where conversation_id = conversations.id),
      content_bytes = (select coalesce(sum(octet_length(content)), 0) from messages
                       where conversation_id = conversations.id)`);
    this.addSql('create index conversations_age on conversations (updated_at)');
    this.addSql(`create table chat_usage (
      account_id ${uuid} primary key references accounts (id) on delete cascade,
      conversations integer not null,
      messages integer not null,
      bytes bigint not null
    )`);
    this.addSql(`insert into chat_usage (account_id, conversations, messages, bytes)
      select account_id, count(*), sum(message_count), sum(content_bytes)
      from conversations group by account_id`);
  }
}
