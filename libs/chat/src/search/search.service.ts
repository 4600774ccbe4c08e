import { isEmbeddedDatabase, jsonDialectOf, type Statement } from '@app/persistence';
import { EntityManager, raw } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { toConversationView } from '../conversations/conversation.view.js';
import { cursorsOf, type Page, pageRows } from '../conversations/page.js';
import { Conversation } from '../ownership/conversation.entity.js';
import { SEARCHED_CHARACTERS } from './indexed-texts.js';
import { type MessageSearch, postgresAttempts, sqliteAttempts } from './search-statements.js';
import { type SearchedWords, searchedWords } from './search-words.js';
import type { FoundMessageView, SearchView } from './search.view.js';
import { snippetOf } from './snippet.js';

/** How many conversations are found by their titles. */
const MAX_CONVERSATIONS = 10;

type FoundRow = Omit<FoundMessageView, 'snippet'> & { readonly content: string };

/** Finds what a person has written and been answered. Each query names the owner. */
@Injectable()
export class SearchService {
  constructor(private readonly em: EntityManager) {}

  /** Only forwards: `page.cursor` is behind the last message that was found before. */
  async search(accountId: string, text: string, page: Page): Promise<SearchView> {
    const em = this.em.fork() as SqlEntityManager;
    const words = searchedWords(text);
    if (words.whole.length === 0 && words.beginning === undefined) return NOTHING;
    const id = page.cursor?.key.at(-1);
    const [conversations, ids] = await Promise.all([
      id === undefined ? titled(this.em.fork(), accountId, words) : [],
      found(em, {
        accountId,
        words,
        before: id === undefined ? undefined : await numberOf(em, id),
        limit: page.limit + 1,
      }),
    ]);
    const rows = pageRows(ids.slice(0, page.limit), ids.length > page.limit, page);
    return {
      conversations: conversations.map(toConversationView),
      messages: await messagesOf(em, accountId, rows.rows, words),
      nextCursor: cursorsOf(rows, (messageId) => [messageId]).nextCursor,
    };
  }
}

const NOTHING: SearchView = { conversations: [], messages: [], nextCursor: null };

function titled(em: EntityManager, accountId: string, { whole, beginning }: SearchedWords) {
  const patterns = [
    ...whole.map((word) => `% ${word} %`),
    ...(beginning === undefined ? [] : [`% ${beginning}%`]),
  ];
  const condition = patterns.map(() => 'title_words like ?').join(' and ');
  return em.find(
    Conversation,
    { accountId, [raw(condition, patterns)]: [] },
    { orderBy: { updatedAt: 'desc', id: 'desc' }, limit: MAX_CONVERSATIONS },
  );
}

/** The ids of messages, the latest first. */
async function found(em: SqlEntityManager, search: MessageSearch): Promise<string[]> {
  const { amongLatest, amongAll } = (isEmbeddedDatabase(em) ? sqliteAttempts : postgresAttempts)(
    search,
  );
  const latest = await read<{ id: string }>(em, amongLatest);
  const rows = latest.length < search.limit ? await read<{ id: string }>(em, amongAll) : latest;
  return rows.map(({ id }) => id);
}

/** The number below which the messages are that come after this one. It may have been deleted meanwhile. */
async function numberOf(em: SqlEntityManager, messageId: string): Promise<number> {
  const [row] = await read<{ id: string; number: number | string }>(em, {
    sql: `select message_id as id, number from searched_messages
      where message_id <= ? order by message_id desc limit 1`,
    values: [messageId],
  });
  if (!row) return 0;
  return row.id === messageId ? Number(row.number) : Number(row.number) + 1;
}

async function messagesOf(
  em: SqlEntityManager,
  accountId: string,
  ids: readonly string[],
  words: SearchedWords,
): Promise<FoundMessageView[]> {
  if (ids.length === 0) return [];
  // The cast keeps SQLite from reading all conversations of the account first.
  const rows = await read<FoundRow>(em, {
    sql: `select m.id as "messageId", m.role, ${jsonDialectOf(em).moment('m.created_at')} as "createdAt",
        coalesce(c.chosen_id, cast(c.id as text)) as "conversationId", c.profile_id as "profileId", c.title,
        substr(m.content, 1, ${SEARCHED_CHARACTERS}) as content
      from messages m join conversations c on c.id = m.conversation_id
      where m.id in (${ids.map(() => '?').join(', ')}) and cast(c.account_id as text) = ? and c.deleted_at is null`,
    values: [...ids, accountId],
  });
  const byId = new Map(rows.map((row) => [row.messageId, row]));
  return ids.flatMap((id) => {
    const row = byId.get(id);
    if (!row) return [];
    const { content, ...message } = row;
    return [{ ...message, snippet: snippetOf(content, words) }];
  });
}

function read<Row>(em: SqlEntityManager, { sql, values }: Statement): Promise<Row[]> {
  return em.execute<Row[]>(sql, [...values]);
}
