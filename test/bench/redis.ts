import { availableRedis, type Database } from './harness/databases.ts';
import { cpuWithSpread, inTurn, profilesOf } from './harness/load.ts';
import { atMost, percent, type Row, shown } from './harness/row.ts';
import { startGateway } from './harness/servers.ts';
import { median, withSpread } from './harness/statistics.ts';

const ROUNDS = 25;
const REQUESTS = 5_000;

/** What it costs a call that its limits are counted on Redis. */
export async function redis(database: Database): Promise<Row[]> {
  const url = await availableRedis();
  if (!url) return [shown('More CPU per request with Redis', 'not measured: no Redis answers')];
  const alone = await profilesOf(await startGateway(await database.fresh()));
  const shared = await profilesOf(
    await startGateway({ ...(await database.fresh()), REDIS_URL: url }),
  );
  const loads = await inTurn({ alone, shared }, { rounds: ROUNDS, requests: REQUESTS });
  for (const { server } of [alone, shared]) await server.stop();
  const more = loads.shared.map(({ cpu }, round) => cpu / loads.alone[round]!.cpu - 1);
  return [
    shown('CPU per request with counters in memory', cpuWithSpread(loads.alone)),
    shown('CPU per request with counters on Redis', cpuWithSpread(loads.shared)),
    atMost(
      'More CPU per request with Redis',
      median(more),
      0.08,
      percent,
      withSpread(more, percent),
    ),
  ];
}
