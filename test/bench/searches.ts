import type { Database } from './harness/databases.ts';
import { untilSearchable, writeHistory } from './harness/history.ts';
import { aPhone, get } from './harness/phones.ts';
import { atMost, milliseconds, ratio, type Row } from './harness/row.ts';
import { startGateway } from './harness/servers.ts';
import { median } from './harness/statistics.ts';

const FEW = 1_000;
const MANY = 100_000;
const MESSAGES_PER_CONVERSATION = 100;
const CALLS = 60;

/** A word that is in each message, in one of 50, in one of 1,000, and in none. */
const PATHS = {
  'The first page of a conversation': (id: string) => `/api/chat/history/${id}`,
  'The first page of the list': () => '/api/chat/conversations',
  'Search for a word of every message': () => '/api/chat/search?q=person',
  'Search for a word of every 50th message': () => '/api/chat/search?q=seldom',
  'Search for a word of every 1,000th message': () => '/api/chat/search?q=rarely',
  'Search for the beginning of a word of every 50th message': () => '/api/chat/search?q=seld',
  'Search for a word of no message': () => '/api/chat/search?q=absent',
} as const;

type Times = Readonly<Record<keyof typeof PATHS, number>>;

/** How long the first pages of lists take in an account with many messages, against one with few. */
export async function searches(database: Database): Promise<Row[]> {
  const few = await timesOf(database, FEW);
  const many = await timesOf(database, MANY);
  return Object.keys(PATHS).map((what) => {
    const [before, after] = [few, many].map((times) => times[what as keyof Times]) as [
      number,
      number,
    ];
    const measured = `${ratio(after / before)} (${milliseconds(before)} to ${milliseconds(after)})`;
    return atMost(what, after / before, 3, ratio, measured);
  });
}

async function timesOf(database: Database, messages: number): Promise<Times> {
  const environment = await database.fresh();
  const gateway = await startGateway(environment);
  const { token, userId } = await aPhone(gateway.url, 'bench');
  const ids = await writeHistory(environment, userId, {
    conversations: messages / MESSAGES_PER_CONVERSATION,
    messagesPerConversation: MESSAGES_PER_CONVERSATION,
    word: (run) => (run % 500 === 0 ? 'rarely' : run % 25 === 0 ? 'seldom' : ''),
  });
  await untilSearchable(environment, messages);
  const times: Partial<Record<keyof Times, number>> = {};
  for (const [what, pathOf] of Object.entries(PATHS)) {
    times[what as keyof Times] = await timeOf(`${gateway.url}${pathOf(ids.at(-1)!)}`, token);
  }
  await gateway.stop();
  return times as Times;
}

/** The median, once it is warm. Milliseconds. */
async function timeOf(url: string, token: string): Promise<number> {
  const times: number[] = [];
  for (let call = 0; call < CALLS * 2; call += 1) {
    const startedAt = performance.now();
    const answer = await get(url, token);
    if (!answer.ok) throw new Error(`${url} was answered with ${answer.status}`);
    if (call >= CALLS) times.push(performance.now() - startedAt);
  }
  return median(times);
}
