import type { Database } from './harness/databases.ts';
import { cpuRatios, cpuWithSpread, inTurn, type Load, p99Of } from './harness/load.ts';
import { aPhone, get } from './harness/phones.ts';
import { atLeast, atMost, count, milliseconds, ratio, type Row, shown } from './harness/row.ts';
import { startBareServer, startGateway } from './harness/servers.ts';
import { median, withSpread } from './harness/statistics.ts';

const PATH = '/api/profiles';
const ROUNDS = 25;
const REQUESTS = 8_000;
const LOOP_REQUESTS = 20_000;

/** An authenticated read with all policies on, against servers that do nothing but check the token. */
export async function throughput(database: Database): Promise<Row[]> {
  const gateway = await startGateway(await database.fresh());
  const { token } = await aPhone(gateway.url, 'bench');
  const payload = await (await get(`${gateway.url}${PATH}`, token)).text();
  const verifies = await startBareServer('verifies', payload);
  const remembers = await startBareServer('remembers', payload);
  const targets = {
    gateway: { server: gateway, path: PATH, token },
    verifies: { server: verifies, path: PATH, token },
    remembers: { server: remembers, path: PATH, token },
  };
  const loads = await inTurn(targets, { rounds: ROUNDS, requests: REQUESTS });
  const delays = await gateway.loopDelays(() =>
    inTurn({ gateway: targets.gateway }, { rounds: 1, requests: LOOP_REQUESTS }),
  );
  for (const { server } of Object.values(targets)) await server.stop();

  const againstVerifying = cpuRatios(loads.verifies, loads.gateway);
  const againstRemembering = cpuRatios(loads.remembers, loads.gateway);
  return [
    shown('Gateway, all policies on: CPU per request', cpuWithSpread(loads.gateway)),
    shown(
      'Fastify that verifies with `jsonwebtoken`: CPU per request',
      cpuWithSpread(loads.verifies),
    ),
    shown('Fastify that remembers tokens: CPU per request', cpuWithSpread(loads.remembers)),
    atLeast(
      'CPU of the Fastify that verifies ÷ CPU of the gateway',
      median(againstVerifying),
      1.5,
      ratio,
      withSpread(againstVerifying, ratio),
    ),
    atLeast(
      'CPU of the Fastify that remembers ÷ CPU of the gateway',
      median(againstRemembering),
      0.4,
      ratio,
      withSpread(againstRemembering, ratio),
    ),
    shown('Gateway: requests per second over 32 connections', rateOf(loads.gateway)),
    shown('Gateway: 99th percentile of the time to an answer', milliseconds(p99Of(loads.gateway))),
    atMost(
      'Gateway: delay of the event loop meanwhile, 99th percentile',
      delays.p99,
      20,
      milliseconds,
    ),
  ];
}

function rateOf(loads: readonly Load[]): string {
  return withSpread(
    loads.map(({ requestsPerSecond }) => requestsPerSecond),
    count,
  );
}
