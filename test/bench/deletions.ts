import type { Database } from './harness/databases.ts';
import { countRows, untilSearchable, writeHistory } from './harness/history.ts';
import { waitsOfOthers, type Waits } from './harness/others.ts';
import { aPhone, post } from './harness/phones.ts';
import { atMost, milliseconds, type Row, shown } from './harness/row.ts';
import { startGateway } from './harness/servers.ts';

const MESSAGES = 100_000;

/** How often is looked whether the deletion is over, and for how long. Milliseconds. */
const POLL_MS = 250;
const PATIENCE_MS = 600_000;

/** What other clients wait while a long history is deleted: as one conversation, and with its account. */
export async function deletions(database: Database): Promise<Row[]> {
  return [
    ...rowsOf(
      'Deletion of a conversation of 100,000 messages',
      await waitsWhileDeleting(database, (id) => `/api/chat/conversations/${id}`),
    ),
    ...rowsOf(
      'Erasure of an account with 100,000 messages',
      await waitsWhileDeleting(database, () => '/api/me'),
    ),
  ];
}

async function waitsWhileDeleting(
  database: Database,
  pathOf: (conversationId: string) => string,
): Promise<Waits> {
  const environment = {
    ...(await database.fresh()),
    ERASURE_GRACE: '0s',
    ERASURE_SETTLE: '11s',
  };
  const gateway = await startGateway(environment);
  const owner = await aPhone(gateway.url, 'bench');
  const other = await aPhone(gateway.url, 'other');
  const theirs = await aConversation(gateway.url, other.token);
  const [id] = await writeHistory(environment, owner.userId, {
    conversations: 1,
    messagesPerConversation: MESSAGES,
  });
  // Their words are deleted with them. The two messages of the other client have some, too.
  await untilSearchable(environment, MESSAGES + 2);
  const calls = [
    { path: '/health' },
    { path: '/api/profiles' },
    { method: 'PATCH', path: `/api/chat/conversations/${theirs}`, body: { title: 'Mine' } },
  ] as const;
  const waits = await waitsOfOthers(gateway.url, other.token, calls, async () => {
    const answer = await fetch(`${gateway.url}${pathOf(id!)}`, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${owner.token}` },
    });
    if (!answer.ok) throw new Error(`the deletion was answered with ${answer.status}`);
    await untilDeleted(environment);
  });
  await gateway.stop();
  return waits;
}

async function aConversation(url: string, token: string): Promise<string> {
  const answer = await post(
    `${url}/api/chat`,
    { profile_id: 'notes', message: '/list_notes' },
    { Authorization: `Bearer ${token}` },
  );
  const { data } = (await answer.json()) as { data: { conversationId: string } };
  return data.conversationId;
}

/** The two messages of the other client stay. */
async function untilDeleted(environment: Record<string, string>): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  while ((await countRows(environment, 'messages')) > 2) {
    if (performance.now() > until) throw new Error('the messages were not deleted');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function rowsOf(what: string, { p99, longest }: Waits): Row[] {
  return [
    atMost(`${what}: other calls meanwhile, 99th percentile`, p99, 50, milliseconds),
    shown(`${what}: the longest of them`, milliseconds(longest)),
  ];
}
