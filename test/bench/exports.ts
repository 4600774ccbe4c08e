import type { Database } from './harness/databases.ts';
import { writeHistory } from './harness/history.ts';
import { waitsOfOthers } from './harness/others.ts';
import { aPhone } from './harness/phones.ts';
import { atLeast, atMost, megabytes, milliseconds, type Row, type Unit } from './harness/row.ts';
import { startGateway } from './harness/servers.ts';

const CONVERSATIONS = 10;
const MESSAGES_PER_CONVERSATION = 13_100;
const MEGABYTE = 2 ** 20;

const perSecond: Unit = (value) => `${value.toFixed(1)} MB/s`;

/** An export of a long history, read as fast as it comes, while other clients ask. */
export async function exports(database: Database): Promise<Row[]> {
  const environment = await database.fresh();
  const gateway = await startGateway(environment);
  const { token, userId } = await aPhone(gateway.url, 'bench');
  const other = await aPhone(gateway.url, 'other');
  await writeHistory(environment, userId, {
    conversations: CONVERSATIONS,
    messagesPerConversation: MESSAGES_PER_CONVERSATION,
  });
  const before = gateway.memory().now;
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, gateway.memory().now)), 20);
  let [bytes, took] = [0, 0];
  const waits = await waitsOfOthers(
    gateway.url,
    other.token,
    [{ path: '/health' }, { path: '/api/profiles' }],
    async () => {
      const startedAt = performance.now();
      bytes = await sizeOfExport(gateway.url, token);
      took = performance.now() - startedAt;
    },
  );
  clearInterval(watch);
  await gateway.stop();
  return [
    atLeast('Export of 131,000 messages', bytes / MEGABYTE / (took / 1_000), 20, perSecond),
    atMost('Other calls meanwhile, 99th percentile', waits.p99, 50, milliseconds),
    atMost(
      'Memory of the process beyond that before',
      Math.max(0, most - before) / MEGABYTE,
      50,
      megabytes,
    ),
  ];
}

async function sizeOfExport(url: string, token: string): Promise<number> {
  const answer = await fetch(`${url}/api/me/export`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  if (!answer.ok) throw new Error(`the export was answered with ${answer.status}`);
  let bytes = 0;
  for await (const chunk of answer.body!) bytes += chunk.byteLength;
  return bytes;
}
