import Sqlite from 'better-sqlite3';
import { join } from 'node:path';
import pg from 'pg';
import type { Database } from './harness/databases.ts';
import { aPhone, type Phone, post } from './harness/phones.ts';
import { atMost, milliseconds, type Row, shown } from './harness/row.ts';
import { type Server, startGateway } from './harness/servers.ts';
import { median, quantile, withSpread } from './harness/statistics.ts';

const ROUNDS = 20;
const WARM_UP_ROUNDS = 3;
const PHONES = 8;
const CALLS_A_ROUND = 60;

/** What the chain adds to a call that is recorded: in turn with a gateway whose records wait for no seals. */
export async function audit(database: Database): Promise<Row[]> {
  const gateways = {
    chained: await recording(await database.fresh()),
    bare: await recording(await withoutSeals(database)),
  };
  const times = { chained: [] as number[], bare: [] as number[] };
  const added: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
    const both = ['chained', 'bare'] as const;
    const p99 = { chained: 0, bare: 0 };
    for (const name of round % 2 === 0 ? both : both.toReversed()) {
      const measured = await gateways[name].round();
      p99[name] = quantile(measured, 0.99);
      if (round >= 0) times[name].push(...measured);
    }
    if (round >= 0) added.push(p99.chained - p99.bare);
  }
  for (const { server } of Object.values(gateways)) await server.stop();
  const [chained, bare] = [quantile(times.chained, 0.99), quantile(times.bare, 0.99)];
  return [
    shown('A recorded call without the chain, median', withSpread(times.bare, milliseconds)),
    shown('The same with the chain, median', withSpread(times.chained, milliseconds)),
    shown('Without the chain, 99th percentile', milliseconds(bare)),
    shown('With the chain, 99th percentile', milliseconds(chained)),
    atMost(
      'What the chain adds to the 99th percentile of a round',
      median(added),
      2,
      milliseconds,
      withSpread(added, milliseconds),
    ),
  ];
}

/** A gateway, and a round of calls of several phones at once: each call's milliseconds. */
async function recording(
  environment: Record<string, string>,
): Promise<{ server: Server; round: () => Promise<number[]> }> {
  const server = await startGateway(environment);
  const phones: Phone[] = [];
  for (let n = 0; n < PHONES; n += 1) phones.push(await aPhone(server.url, `phone-${n}`));
  const call = async (token: string): Promise<number> => {
    const begun = performance.now();
    const body = { purpose: 'bench', version: '1' };
    const answer = await post(`${server.url}/api/me/consents`, body, {
      Authorization: `Bearer ${token}`,
    });
    if (!answer.ok) throw new Error(`a call was answered with ${answer.status}`);
    return performance.now() - begun;
  };
  const round = async () => {
    const each = phones.map(async ({ token }) => {
      const measured = [];
      for (let n = 0; n < CALLS_A_ROUND; n += 1) measured.push(await call(token));
      return measured;
    });
    return (await Promise.all(each)).flat();
  };
  return { server, round };
}

/** As before there was a chain: what is inserted is not waited for, and so gets no seal. */
async function withoutSeals(database: Database): Promise<Record<string, string>> {
  const environment = await database.fresh();
  await (await startGateway(environment)).stop();
  if (environment.DATABASE_URL) {
    const client = new pg.Client({ connectionString: environment.DATABASE_URL });
    await client.connect();
    await client.query('drop trigger audit_records_added on audit_records');
    await client.end();
  } else {
    const file = new Sqlite(join(environment.DATA_DIR!, 'gateway.sqlite'));
    file.exec('drop trigger audit_records_added');
    file.close();
  }
  return environment;
}
