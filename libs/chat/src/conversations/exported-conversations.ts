import { JsonItems, LOWEST_ID } from '@app/persistence';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Conversation } from '../ownership/conversation.entity.js';
import { toConversationView } from './conversation.view.js';
import { BYTES_PER_PAGE, ExportedRows, ROWS_PER_PAGE } from './exported-rows.js';

/** How many conversations one statement reads. */
const CONVERSATIONS_PER_PAGE = 200;

/**
 * The conversations of an account with their messages and runs, the oldest first. Short conversations share a page, of a
 * long one `messages` and `runs` are read while they are sent: so neither many conversations nor long ones take many
 * statements or much memory.
 */
export async function* exportedConversations(
  em: SqlEntityManager,
  accountId: string,
): AsyncGenerator<object> {
  const rows = new ExportedRows(em);
  for (let after = LOWEST_ID; ;) {
    const found = await em
      .fork()
      .find(
        Conversation,
        { accountId, id: { $gt: after } },
        { orderBy: { id: 'asc' }, limit: CONVERSATIONS_PER_PAGE },
      );
    const asked = await rows.askedBytes(found.map(({ id }) => id));
    for (const page of pagesOf(found, asked))
      yield* page.length > 1 ? short(rows, page) : long(rows, page[0]!);
    if (found.length < CONVERSATIONS_PER_PAGE) return;
    after = found.at(-1)!.id;
  }
}

/** Conversations that fit on one page together, or a single one. */
function* pagesOf(
  conversations: readonly Conversation[],
  asked: ReadonlyMap<string, number>,
): Generator<Conversation[]> {
  let page: Conversation[] = [];
  let [rows, bytes] = [0, 0];
  for (const conversation of conversations) {
    const { messageCount } = conversation;
    const ownBytes = conversation.contentBytes + (asked.get(conversation.id) ?? 0);
    rows += messageCount;
    bytes += ownBytes;
    if (page.length > 0 && (rows > ROWS_PER_PAGE || bytes > BYTES_PER_PAGE)) {
      yield page;
      page = [];
      [rows, bytes] = [messageCount, ownBytes];
    }
    page.push(conversation);
  }
  if (page.length > 0) yield page;
}

async function* short(
  rows: ExportedRows,
  conversations: readonly Conversation[],
): AsyncGenerator<JsonItems> {
  const ids = conversations.map(({ id }) => id);
  const messages = await rows.messagesOfAll(ids);
  const runs = await rows.runsOfAll(ids);
  const items = conversations.map((conversation) => {
    const view = JSON.stringify(toConversationView(conversation)).slice(0, -1);
    const { id } = conversation;
    return `${view},"messages":[${messages.get(id) ?? ''}],"runs":[${runs.get(id) ?? ''}]}`;
  });
  yield new JsonItems(items.join(',\n'));
}

function* long(rows: ExportedRows, conversation: Conversation): Generator<object> {
  yield Object.assign(toConversationView(conversation), {
    messages: asItems(rows.messagesOf(conversation.id)),
    runs: asItems(rows.runsOf(conversation.id)),
  });
}

async function* asItems(pages: AsyncIterable<string>): AsyncGenerator<JsonItems> {
  for await (const page of pages) yield new JsonItems(page);
}
