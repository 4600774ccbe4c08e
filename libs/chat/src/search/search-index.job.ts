import { AtomicWriteService, isEmbeddedDatabase, RecurringJob } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable, Logger } from '@nestjs/common';
import { setImmediate, setTimeout } from 'node:timers/promises';
import {
  accountKey,
  addMessages,
  addTitles,
  firstWords,
  type IndexedMessage,
  type IndexedTitle,
  SEARCHED_CHARACTERS,
} from './indexed-texts.js';

/** How often new messages are looked for: how long one may not be found at first. Milliseconds. */
const LOOK_INTERVAL_MS = 1_000;

/** How many one write adds, as other writes wait for it. A write ends with the message that exceeds the words. */
const MESSAGES_PER_WRITE = 25;
const WORDS_PER_WRITE = 10_000;
const TITLES_PER_WRITE = 100;

/**
 * After a step the next one waits for this many times as long as it took: chats come first. Only on the embedded
 * database, as it has one writer.
 */
const REST_FACTOR = 4;

const NEXT_MESSAGES = `select m.id, c.account_id as "accountId",
    substr(m.content, 1, ${SEARCHED_CHARACTERS}) as content
  from messages m join conversations c on c.id = m.conversation_id
  where m.indexed = false and c.deleted_at is null order by m.id limit ${MESSAGES_PER_WRITE}`;

/** The newest first, unlike messages: these are found in the order in which they became searchable. */
const NEXT_TITLES = `select id, title from conversations
  where title_words is null and deleted_at is null order by id desc limit ${TITLES_PER_WRITE}`;

interface MessageRow {
  readonly id: string;
  readonly accountId: string;
  readonly content: string;
}

/**
 * Makes messages and titles searchable after they are stored: what a word is, the database is not asked, and no message
 * waits for it. What has no words yet is marked in its own row, so a crash loses nothing, and any instance goes on.
 */
@Injectable()
export class SearchIndexJob extends RecurringJob {
  protected readonly log = new Logger('Search');

  constructor(
    private readonly em: EntityManager,
    private readonly writes: AtomicWriteService,
  ) {
    super(LOOK_INTERVAL_MS, 'chat.search.unindexed');
  }

  /** Titles and messages take turns: there may always be more messages. */
  protected async run(): Promise<void> {
    for (let isMore = true; isMore;) {
      this.shutdown.signal.throwIfAborted();
      const startedAt = performance.now();
      const areMoreTitles = await this.nextTitles();
      const areMoreMessages = await this.nextMessages();
      isMore = areMoreTitles || areMoreMessages;
      if (isMore) await this.rest((performance.now() - startedAt) * REST_FACTOR);
    }
  }

  private async rest(ms: number): Promise<void> {
    if (!isEmbeddedDatabase(this.em)) return;
    const { signal } = this.shutdown;
    await setTimeout(ms, undefined, { signal }).catch(() => undefined);
  }

  /** @returns whether there may be more */
  private async nextMessages(): Promise<boolean> {
    const rows = await this.read<MessageRow>(NEXT_MESSAGES);
    const messages: IndexedMessage[] = [];
    let count = 0;
    for (const { id, accountId, content } of rows) {
      const words = firstWords(content, accountKey(accountId));
      messages.push({ id, accountId, words: words.join(' ') });
      count += words.length;
      if (count > WORDS_PER_WRITE) break;
      // A long message takes some milliseconds: requests come in between.
      await setImmediate();
    }
    if (rows.length > 0) await this.writes.apply(addMessages(messages));
    return messages.length < rows.length || rows.length === MESSAGES_PER_WRITE;
  }

  /** @returns whether there may be more */
  private async nextTitles(): Promise<boolean> {
    const rows = await this.read<Omit<IndexedTitle, 'words'>>(NEXT_TITLES);
    const titles = rows.map(({ id, title }) => ({ id, title, words: firstWords(title).join(' ') }));
    if (rows.length > 0) await this.writes.apply(addTitles(titles));
    return rows.length === TITLES_PER_WRITE;
  }

  private read<Row>(sql: string): Promise<Row[]> {
    return (this.em.fork() as SqlEntityManager).execute<Row[]>(sql);
  }
}
