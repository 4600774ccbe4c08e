import { isEmbeddedDatabase, jsonDialectOf, type Statement } from '@app/persistence';
import { EntityManager, raw } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
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

/** A message that was found, and its place among all of them: a string, if PostgreSQL tells it. */
interface Hit {
  readonly id: string;
  readonly number: number | string;
}

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
    const { cursor, limit } = page;
    const before = cursor && Number(cursor.key[0]);
    const [conversations, hits] = await Promise.all([
      cursor ? [] : titled(this.em.fork(), accountId, words),
      found(em, { accountId, words, before, limit: limit + 1 }),
    ]);
    const rows = pageRows(hits.slice(0, limit), hits.length > limit, page);
    const ids = rows.rows.map(({ id }) => id);
    return {
      conversations: conversations.map(toConversationView),
      messages: await messagesOf(em, accountId, ids, words),
      nextCursor: cursorsOf(rows, ({ number, id }) => [String(number), id]).nextCursor,
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

/** The latest first. */
async function found(em: SqlEntityManager, search: MessageSearch): Promise<Hit[]> {
  const { amongLatest, amongAll } = (isEmbeddedDatabase(em) ? sqliteAttempts : postgresAttempts)(
    search,
  );
  const latest = await read<Hit>(em, amongLatest);
  return latest.length < search.limit ? read<Hit>(em, amongAll) : latest;
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
  const messages: FoundMessageView[] = [];
  for (const id of ids) {
    const row = byId.get(id);
    if (!row) continue;
    const { content, ...message } = row;
    messages.push({ ...message, snippet: snippetOf(content, words) });
    // A long message takes some milliseconds: other requests come in between.
    await setImmediate();
  }
  return messages;
}

function read<Row>(em: SqlEntityManager, { sql, values }: Statement): Promise<Row[]> {
  return em.execute<Row[]>(sql, [...values]);
}
