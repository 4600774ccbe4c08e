import type { Database } from './harness/databases.ts';
import { cpuRatios, inTurn, load, profilesOf } from './harness/load.ts';
import { atMost, ratio, type Row } from './harness/row.ts';
import { startGateway } from './harness/servers.ts';
import { median, withSpread } from './harness/statistics.ts';

const WEAR_REQUESTS = 300_000;
const ROUNDS = 25;
const REQUESTS = 5_000;

/** A process that has answered many requests, in turn with one that has only warmed up. */
export async function wear(database: Database): Promise<Row[]> {
  const worn = await profilesOf(await startGateway(await database.fresh()));
  await load(worn, WEAR_REQUESTS);
  const fresh = await profilesOf(await startGateway(await database.fresh()));
  const loads = await inTurn({ fresh, worn }, { rounds: ROUNDS, requests: REQUESTS });
  for (const { server } of [worn, fresh]) await server.stop();
  const ratios = cpuRatios(loads.worn, loads.fresh);
  const after = WEAR_REQUESTS.toLocaleString('en');
  return [
    atMost(
      `CPU per request after ${after} requests ÷ in a fresh process`,
      median(ratios),
      1.05,
      ratio,
      withSpread(ratios, ratio),
    ),
  ];
}
