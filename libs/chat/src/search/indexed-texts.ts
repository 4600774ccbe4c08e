import type { AtomicWrite } from '@app/persistence';
import { searchedForm, wordsOf } from './search-words.js';

/** How much of a message is searched: what is behind it is not found. Characters. */
export const SEARCHED_CHARACTERS = 10_000;

/** How many different words of a text are searched: a thousand characters of Chinese have about as many. */
const MAX_WORDS = 2_000;

/** How many characters of the id of an account stand before its words. */
const ACCOUNT_KEY_LENGTH = 6;

/** A message and its words; or a conversation and those of its title, which may have changed meanwhile. */
export interface IndexedMessage {
  readonly id: string;
  readonly accountId: string;
  readonly words: string;
}
export interface IndexedTitle {
  readonly id: string;
  readonly title: string;
  readonly words: string;
}

/**
 * What stands before the words of a message, so that a word of one account is not looked for among those of all. Two
 * accounts may have the same: a search asks for the account, too.
 */
export function accountKey(accountId: string): string {
  return accountId.slice(-ACCOUNT_KEY_LENGTH);
}

/** The first words of a text without doubles, with what stands before each. */
export function firstWords(text: string, before = ''): string[] {
  const words = new Set<string>();
  for (const { word } of wordsOf(searchedForm(text))) {
    words.add(before + word);
    if (words.size === MAX_WORDS) break;
  }
  return [...words];
}

const MESSAGES_TO_SQLITE = `insert into searched_messages (message_id, account_id, words)
  select m.id, d.value ->> 'accountId', ' ' || (d.value ->> 'words') || ' '
  from json_each(?) d join messages m on m.id = d.value ->> 'id'
  where m.indexed = false and d.value ->> 'words' <> '' order by d.key`;

const MESSAGES_TO_POSTGRES = `with marked as (
  update messages set indexed = true
  from json_to_recordset(?::json) as d (id uuid, "accountId" uuid, words text)
  where messages.id = d.id and messages.indexed = false
  returning messages.id, d."accountId", d.words
), added as (
  insert into searched_messages (message_id, account_id, words)
  select id, "accountId", array_to_tsvector(string_to_array(words, ' ')) from marked
  where words <> '' order by id
) select null as missing`;

/** Keeps the words of messages, unless another instance has, or the message is gone. */
export function addMessages(messages: readonly IndexedMessage[]): AtomicWrite {
  const values = [JSON.stringify(messages)];
  return {
    sqlite: () => [
      { sql: MESSAGES_TO_SQLITE, values },
      {
        sql: `update messages set indexed = true where id in (select value ->> 'id' from json_each(?))`,
        values,
      },
    ],
    postgres: () => ({ sql: MESSAGES_TO_POSTGRES, values }),
  };
}

/** Keeps the words of titles that are still the same. */
export function addTitles(titles: readonly IndexedTitle[]): AtomicWrite {
  return {
    sqlite: () =>
      titles.map(({ id, title, words }) => ({
        sql: 'update conversations set title_words = ? where id = ? and title = ?',
        values: [` ${words} `, id, title],
      })),
    postgres: () => ({
      sql: `with kept as (
        update conversations set title_words = ' ' || d.words || ' '
        from json_to_recordset(?::json) as d (id uuid, title text, words text)
        where conversations.id = d.id and conversations.title = d.title
      ) select null as missing`,
      values: [JSON.stringify(titles)],
    }),
  };
}
