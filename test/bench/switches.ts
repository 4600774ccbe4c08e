import { randomUUID } from 'node:crypto';
import { v7 } from 'uuid';
import type { Database } from './harness/databases.ts';
import { insertRows } from './harness/history.ts';
import { cpuWithSpread, inTurn, profilesOf } from './harness/load.ts';
import { atMost, microseconds, type Row, shown } from './harness/row.ts';
import { startGateway } from './harness/servers.ts';
import { median, withSpread } from './harness/statistics.ts';

const SWITCHES = 10_000;
const ROUNDS = 25;
const REQUESTS = 8_000;

const COLUMNS = 'operator_switches (id, scope, target, reason, created_at, changed_at)';

/** What it costs a call to be compared with many switches: each call of a user asks for the account and the device. */
export async function switches(database: Database): Promise<Row[]> {
  const environment = await database.fresh();
  await (await startGateway(environment)).stop();
  await insertRows(environment, COLUMNS, someSwitches);
  const many = await startGateway(environment);
  const none = await startGateway(await database.fresh());
  const targets = { many: await profilesOf(many), none: await profilesOf(none) };
  const loads = await inTurn(targets, { rounds: ROUNDS, requests: REQUESTS });
  for (const server of [many, none]) await server.stop();
  const more = loads.many.map(({ cpu }, round) => cpu - loads.none[round]!.cpu);
  return [
    shown('CPU per request without switches', cpuWithSpread(loads.none)),
    shown('CPU per request with 10,000 switches', cpuWithSpread(loads.many)),
    atMost(
      'More CPU per request with 10,000 switches',
      median(more),
      2,
      microseconds,
      withSpread(more, microseconds),
    ),
  ];
}

/** Blocked accounts and devices, of other people. */
function someSwitches(now: unknown): unknown[][] {
  return Array.from({ length: SWITCHES }, (_, n) => {
    const scope = n % 2 === 0 ? 'account' : 'device';
    return [v7(), scope, randomUUID(), 'bench', now, now];
  });
}
