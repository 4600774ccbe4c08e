import { aChat, withProfile } from './chats.ts';
import type { Database } from './harness/databases.ts';
import { atMost, ratio, type Row } from './harness/row.ts';
import { type Server, startGateway } from './harness/servers.ts';

const PHONES = 16;
const FIRST_CALLS = 1_000;
const ALL_CALLS = 100_000;

/** What the process keeps of calls of tools: of each a byte too many would be found here. */
export async function mcpMemory(database: Database): Promise<Row[]> {
  const gateway = await startGateway(await withProfile(database));
  const phones: (() => Promise<void>)[] = [];
  for (let n = 0; n < PHONES; n += 1) phones.push(await aChat(gateway, `phone-${n}`));
  const first = await memoryAfter(gateway, phones, FIRST_CALLS);
  const last = await memoryAfter(gateway, phones, ALL_CALLS - FIRST_CALLS);
  await gateway.stop();
  const after = ALL_CALLS.toLocaleString('en');
  const before = FIRST_CALLS.toLocaleString('en');
  return [
    atMost(
      `Memory of the process after ${after} calls ÷ after ${before}`,
      last / first,
      1.1,
      ratio,
    ),
  ];
}

async function memoryAfter(
  gateway: Server,
  phones: readonly (() => Promise<void>)[],
  calls: number,
): Promise<number> {
  let begun = 0;
  const one = async (chat: () => Promise<void>) => {
    while (begun < calls) {
      begun += 1;
      await chat();
    }
  };
  await Promise.all(phones.map(one));
  await gateway.giveMemoryBack();
  return gateway.memory().now;
}
