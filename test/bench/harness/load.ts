import autocannon from 'autocannon';
import { aPhone } from './phones.ts';
import type { Server } from './servers.ts';
import { median, withSpread } from './statistics.ts';
import { microseconds } from './row.ts';

/** What is asked, of which server, and as which user. */
export interface Target {
  readonly server: Server;
  readonly path: string;
  readonly token: string;
}

/** The list of assistants, as a new user asks for it. */
export async function profilesOf(server: Server): Promise<Target> {
  const { token } = await aPhone(server.url, 'bench');
  return { server, path: '/api/profiles', token };
}

export interface Load {
  readonly requestsPerSecond: number;
  /** 99th percentile of the time to an answer. Milliseconds. */
  readonly p99: number;
  /** CPU time of the server per request. Microseconds. */
  readonly cpu: number;
}

const CONNECTIONS = 32;

/** A fixed number of requests over 32 kept-alive connections; any answer but 2xx is an error. */
export async function load({ server, path, token }: Target, requests: number): Promise<Load> {
  const before = server.cpuTime();
  const result = await autocannon({
    url: `${server.url}${path}`,
    connections: CONNECTIONS,
    amount: requests,
    headers: { Authorization: `Bearer ${token}` },
  });
  const bad = result.non2xx + result.errors + result.timeouts;
  if (bad > 0) throw new Error(`${bad} of the requests to ${path} failed`);
  return {
    requestsPerSecond: requests / ((result.finish.getTime() - result.start.getTime()) / 1000),
    p99: result.latency.p99,
    cpu: (server.cpuTime() - before) / requests,
  };
}

/** So many requests that the code is compiled. */
const WARM_UP_REQUESTS = 20_000;

/**
 * Loads each target in each round, every other round in the opposite order: what drifts in the machine meets all of them
 * alike.
 */
export async function inTurn<Name extends string>(
  targets: Readonly<Record<Name, Target>>,
  { rounds, requests }: { readonly rounds: number; readonly requests: number },
): Promise<Record<Name, Load[]>> {
  const names = Object.keys(targets) as Name[];
  const loads = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    Load[]
  >;
  for (const name of names) await load(targets[name], WARM_UP_REQUESTS);
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      loads[name].push(await load(targets[name], requests));
    }
  }
  return loads;
}

/** The CPU time of one target by that of another, round by round. */
export function cpuRatios(dividends: readonly Load[], divisors: readonly Load[]): number[] {
  return dividends.map(({ cpu }, round) => cpu / divisors[round]!.cpu);
}

export function cpuWithSpread(loads: readonly Load[]): string {
  return withSpread(
    loads.map(({ cpu }) => cpu),
    microseconds,
  );
}

export function p99Of(loads: readonly Load[]): number {
  return median(loads.map(({ p99 }) => p99));
}
