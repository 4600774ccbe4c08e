import autocannon from 'autocannon';
import { randomInt } from 'node:crypto';
import { v7 } from 'uuid';
import type { Database } from './harness/databases.ts';
import { insertRows } from './harness/history.ts';
import { atMost, microseconds, type Row, shown } from './harness/row.ts';
import { type Server, startGateway } from './harness/servers.ts';
import { median, withSpread } from './harness/statistics.ts';

const BLOCKS = 100_000;
const ROUNDS = 25;
const WARM_UP_ROUNDS = 4;
const REQUESTS = 20_000;
const CONNECTIONS = 32;

const COLUMNS = 'network_blocks (id, network, reason, created_at, changed_at)';

/** What it costs a call to be compared with many blocks, where each comes from another address. */
export async function blocks(database: Database): Promise<Row[]> {
  const environment = { ...(await database.fresh()), TRUST_PROXY: 'loopback' };
  await (await startGateway(environment)).stop();
  await insertRows(environment, COLUMNS, someBlocks);
  const many = await startGateway(environment);
  const none = await startGateway({ ...(await database.fresh()), TRUST_PROXY: 'loopback' });
  const used = { many: [] as number[], none: [] as number[] };
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    const both = [['many', many] as const, ['none', none] as const];
    for (const [name, server] of round % 2 === 0 ? both : both.toReversed()) {
      const cpu = await cpuPerRequest(server);
      if (round >= 0) used[name].push(cpu);
    }
  }
  for (const server of [many, none]) await server.stop();
  const more = used.many.map((cpu, round) => cpu - used.none[round]!);
  return [
    shown('CPU per request without blocks', withSpread(used.none, microseconds)),
    shown('CPU per request with 100,000 blocks', withSpread(used.many, microseconds)),
    atMost(
      'More CPU per request with 100,000 blocks',
      median(more),
      2,
      microseconds,
      withSpread(more, microseconds),
    ),
  ];
}

/** Of both versions, single addresses and networks of the usual lengths; none of the addresses that ask. */
function someBlocks(now: unknown): unknown[][] {
  const then = anHourBefore(now);
  return Array.from({ length: BLOCKS }, (_, n) => {
    const [high, low] = [n >> 8, n & 255];
    const network = [
      `100.${64 + (high >> 8)}.${high & 255}.${low}/32`,
      `101.${high >> 8}.${high & 255}.0/24`,
      `2001:db8:${n.toString(16).slice(-4)}:${high.toString(16)}::/64`,
      `2001:db8:${n.toString(16).slice(-4)}::/48`,
    ][n % 4]!;
    return [v7(), network, 'bench', then, then];
  });
}

/** So that no instance looks at them again as new. */
function anHourBefore(now: unknown): unknown {
  return typeof now === 'number' ? now - 3_600_000 : new Date((now as Date).getTime() - 3_600_000);
}

async function cpuPerRequest(server: Server): Promise<number> {
  const before = server.cpuTime();
  const { non2xx, errors } = await autocannon({
    url: `${server.url}/health`,
    connections: CONNECTIONS,
    amount: REQUESTS,
    requests: [{ setupRequest: fromAnyAddress }],
  });
  if (non2xx + errors > 0) throw new Error(`${non2xx + errors} of the requests failed`);
  return (server.cpuTime() - before) / REQUESTS;
}

function fromAnyAddress(request: object): object {
  const parts = Array.from({ length: 3 }, () => randomInt(256));
  return { ...request, headers: { 'X-Forwarded-For': `11.${parts.join('.')}` } };
}
