import type { Statement } from '@app/persistence';
import { accountKey } from './indexed-texts.js';
import type { SearchedWords } from './search-words.js';

/** Which messages to find, the latest first. */
export interface MessageSearch {
  readonly accountId: string;
  readonly words: SearchedWords;
  /** The number of the message before the first one; none from the latest one on. */
  readonly before: number | undefined;
  readonly limit: number;
}

/**
 * A search has two attempts. What is in many messages is in many of the latest: these are read one by one. What is in few
 * of them is asked of the index of words, which then has few to be sorted. So neither takes longer with a longer history.
 */
export interface SearchAttempts {
  readonly amongLatest: Statement;
  readonly amongAll: Statement;
}

/** How many messages are read one by one. */
const LATEST_READ = 1_000;

/** Above each number of a message. */
const NO_NUMBER = Number.MAX_SAFE_INTEGER;

/** The embedded database keeps the words of a message between spaces. */
export function sqliteAttempts(search: MessageSearch): SearchAttempts {
  const { accountId, before = NO_NUMBER, limit } = search;
  const { whole, beginning } = withKey(search);
  const parts = [...whole.map((word) => ` ${word} `), ...beginning.map((start) => ` ${start}`)];
  const terms = [...whole.map((word) => `"${word}"`), ...beginning.map((start) => `"${start}" *`)];
  return {
    amongLatest: {
      sql: `select number, message_id as id from (
          select number, message_id, words from searched_messages
          where account_id = ? and number < ? order by number desc limit ${LATEST_READ}
        ) as latest where ${parts.map(() => 'instr(words, ?) > 0').join(' and ')}
        order by number desc limit ?`,
      values: [accountId, before, ...parts, limit],
    },
    amongAll: {
      sql: `select w.rowid as number, m.message_id as id from searched_words w join searched_messages m on m.number = w.rowid
        where w.searched_words match ? and w.rowid < ? and m.account_id = ?
        order by w.rowid desc limit ?`,
      values: [terms.join(' AND '), before, accountId, limit],
    },
  };
}

export function postgresAttempts(search: MessageSearch): SearchAttempts {
  const { accountId, before = NO_NUMBER, limit } = search;
  const { whole, beginning } = withKey(search);
  const query = [...whole.map((word) => `'${word}'`), ...beginning.map((start) => `'${start}':*`)];
  const text = query.join(' & ');
  return {
    amongLatest: {
      sql: `select number, message_id as id from (
          select number, message_id, words from searched_messages
          where account_id = ? and number < ? order by number desc limit ${LATEST_READ}
        ) as latest where words @@ cast(? as tsquery) order by number desc limit ?`,
      values: [accountId, before, text, limit],
    },
    amongAll: {
      // Found as a whole before it is sorted: else the planner may read the account from its end instead.
      sql: `with found as materialized (
          select number, message_id from searched_messages
          where words @@ cast(? as tsquery) and account_id = ? and number < ?
        ) select number, message_id as id from found order by number desc limit ?`,
      values: [text, accountId, before, limit],
    },
  };
}

/** Words have letters, digits and marks only: nothing in them has to be quoted. */
function withKey({ accountId, words }: MessageSearch) {
  const key = accountKey(accountId);
  return {
    whole: words.whole.map((word) => key + word),
    beginning: words.beginning === undefined ? [] : [key + words.beginning],
  };
}
