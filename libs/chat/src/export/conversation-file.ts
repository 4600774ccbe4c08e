import type { SqlEntityManager } from '@mikro-orm/sql';
import { type CardsByRun, cardsOfRuns } from '../cards/cards-of-runs.js';
import type { CardFileView } from '../cards/card.view.js';
import { newestRun, runsOfBranch } from '../branches/branch.js';
import { toConversationView, toMessageView } from '../conversations/conversation.view.js';
import { ExportedRows } from '../conversations/exported-rows.js';
import { Message } from '../conversations/message.entity.js';
import type { Conversation } from '../ownership/conversation.entity.js';

/** How many messages are read in one statement: an answer can have 65,000 characters. */
const MESSAGES_PER_STEP = 26;

const NO_CARDS: CardsByRun = new Map();

const UNFINISHED = '\n\n_(This answer is unfinished.)_';
const FAILURE = '\n\n_(This answer tells of a failure.)_';

/** Where a line of a message begins that looks like the heading of a turn. */
const HEADING = /^( {0,3})(?=#{1,2} (?:You|Assistant), )/gm;

/** A conversation as one JSON document, piece by piece: the fields of the list, and the messages of all branches. */
export async function* asJson(
  em: SqlEntityManager,
  conversation: Conversation,
): AsyncGenerator<string> {
  yield `${JSON.stringify(toConversationView(conversation)).slice(0, -1)},"messages":[`;
  let separator = '\n';
  for await (const items of new ExportedRows(em).messagesOf(conversation.id)) {
    yield separator + items;
    separator = ',\n';
  }
  yield '\n]}\n';
}

/** Its newest branch as text to be read, piece by piece. Messages stand in it as they were written, but make no heading of a turn. */
export async function* asMarkdown(
  em: SqlEntityManager,
  conversation: Conversation,
): AsyncGenerator<string> {
  yield `# ${conversation.title.replace(/\s+/g, ' ')}\n`;
  for await (const [message, cards] of messagesOf(em, conversation)) {
    const { role, content, createdAt, isUnfinished, isError } = toMessageView(message);
    const mark = isUnfinished ? UNFINISHED : isError ? FAILURE : '';
    const who = role === 'user' ? 'You' : 'Assistant';
    yield `\n## ${who}, ${createdAt}\n\n${asWritten(content)}${mark}\n`;
    for (const { text, files } of cards.get(message.run.id) ?? []) {
      // What the answer says itself stands there once.
      if (text !== '' && !content.includes(text)) yield `\n${asWritten(text)}\n`;
      yield* files.map(linkTo);
    }
  }
}

function asWritten(text: string): string {
  return text.replace(HEADING, '$1\\');
}

/** A link, and never an image: what shows the file would ask for it without being signed in. */
function linkTo({ name, url }: CardFileView): string {
  return `\n[${name.replace(/[\\[\]]/g, '\\$&')}](${url})\n`;
}

/** Those of the newest branch, the oldest first. */
async function* messagesOf(
  em: SqlEntityManager,
  { id: conversationId, branched, fileBytes }: Conversation,
): AsyncGenerator<readonly [Message, CardsByRun]> {
  const end = branched ? await newestRun(em, conversationId) : undefined;
  const runs = end === undefined ? undefined : new Set(await runsOfBranch(em, end));
  for (let after: string | undefined; ;) {
    const step = await em
      .fork()
      .find(
        Message,
        { conversationId, ...(after ? { id: { $gt: after } } : {}) },
        { orderBy: { id: 'asc' }, limit: MESSAGES_PER_STEP, populate: ['run'] },
      );
    const shown = step.filter(({ run }) => runs?.has(run.id) ?? true);
    const answered = shown.filter(({ role }) => role === 'assistant').map(({ run }) => run.id);
    const cards = fileBytes > 0 ? await cardsOfRuns(em, answered) : NO_CARDS;
    yield* shown.map((message) => [message, message.role === 'user' ? NO_CARDS : cards] as const);
    after = step.at(-1)?.id;
    if (step.length < MESSAGES_PER_STEP) return;
  }
}
