import { Migration } from '@mikro-orm/migrations';
import { columnTypes } from './column-types.js';

/**
 * The words of messages and titles, as they are searched. They are made by the gateway, from what `indexed` and
 * `title_words` say has none yet: so it makes those of older messages, too.
 */
export class SearchedMessages extends Migration {
  override up(): void {
    const { uuid } = columnTypes(this.driver);
    const isSqlite = uuid === 'text';

    this.addSql('alter table messages add column indexed boolean not null default false');
    this.addSql('create index messages_unindexed on messages (id) where indexed = false');
    this.addSql('alter table conversations add column title_words text');
    this.addSql(
      'create index conversations_unindexed on conversations (id) where title_words is null',
    );
    const [number, words] = isSqlite
      ? ['integer primary key autoincrement', 'text']
      : ['bigint generated always as identity primary key', 'tsvector'];
    this.addSql(`create table searched_messages (
      number ${number},
      message_id ${uuid} not null unique references messages (id) on delete cascade,
      account_id ${uuid} not null,
      words ${words} not null
    )`);
    this.addSql('create index searched_messages_recent on searched_messages (account_id, number)');
    if (isSqlite) this.addFullTextTable();
    else {
      // Filled by a job alone: what waited in a list of its own would slow down each search instead.
      this.addSql(`create index searched_messages_words on searched_messages
        using gin (words) with (fastupdate = off)`);
    }
  }

  /** The words are ASCII separators and what is none: no rule of SQLite decides what a word is. */
  private addFullTextTable(): void {
    this
      .addSql(`create virtual table searched_words using fts5 (words, content = 'searched_messages',
      content_rowid = 'number', columnsize = 0, detail = 'none', tokenize = 'ascii')`);
    // A word of a deleted message is overwritten at once, as is the message.
    this.addSql(`insert into searched_words (searched_words, rank) values ('secure-delete', 1)`);
    this.addSql(`create trigger searched_messages_added after insert on searched_messages begin
      insert into searched_words (rowid, words) values (new.number, new.words);
    end`);
    this.addSql(`create trigger searched_messages_deleted after delete on searched_messages begin
      insert into searched_words (searched_words, rowid, words) values ('delete', old.number, old.words);
    end`);
  }
}
