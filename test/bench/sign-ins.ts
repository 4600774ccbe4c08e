import type { Database } from './harness/databases.ts';
import { aPhone, login, post } from './harness/phones.ts';
import { atMost, count, milliseconds, ratio, type Row, shown } from './harness/row.ts';
import { runOnServerCore, type Server, startBareGateway, startGateway } from './harness/servers.ts';
import { median, withSpread } from './harness/statistics.ts';

const STARTS = 5;
const AT_ONCE = 50;
const FLOOD = 250;
const WARM_UP_LOGINS = 16;
const REFUSED_LOGINS = 40;
const LOGINS_PER_ROUND = 24;
const ROUNDS = 7;

/** Behind a proxy that is believed, so that each sign-in can come from an address of its own. */
const BEHIND_PROXY = { TRUST_PROXY: '127.0.0.0/8' };

/** Registrations and sign-ins: how long they take, how many at once are answered, and what others notice. */
export async function signIns(database: Database): Promise<Row[]> {
  const first = await firstRegistration(database);
  const server = await startGateway({ ...(await database.fresh()), ...BEHIND_PROXY });
  try {
    return [first, ...(await atOnce(server)), await timeTells(server), await cpuOfLogins(server)];
  } finally {
    await server.stop();
  }
}

/**
 * It starts the threads for passwords and loads the dictionaries of weak ones. As with every start but the very first on a
 * machine, their code has been compiled by an earlier process. Without the watch of the event loop, which each thread loads.
 */
async function firstRegistration(database: Database): Promise<Row> {
  const environment = await database.fresh();
  await registrationAfterStart(environment, 'earlier');
  const times = [];
  for (let start = 0; start < STARTS; start += 1) {
    times.push(await registrationAfterStart(environment, `first-${start}`));
  }
  const spread = withSpread(times, milliseconds);
  return atMost('A registration that is the first call', median(times), 350, milliseconds, spread);
}

async function registrationAfterStart(
  environment: Record<string, string>,
  username: string,
): Promise<number> {
  const server = await startBareGateway(environment);
  const startedAt = performance.now();
  await aPhone(server.url, username);
  const took = performance.now() - startedAt;
  await server.stop();
  return took;
}

async function atOnce(server: Server): Promise<Row[]> {
  const phone = await aPhone(server.url, 'bench');
  let statuses: Statuses = { refused: 0, unexplained: 0 };
  const delays = await server.loopDelays(async () => {
    statuses = await signInsAtOnce(server, phone, AT_ONCE, () => '192.0.2.7');
  });
  const spread = await signInsAtOnce(server, phone, AT_ONCE, (n) => `198.51.100.${n + 1}`);
  const flood = await signInsAtOnce(server, phone, FLOOD, () => '192.0.2.8');
  return [
    atMost(`${AT_ONCE} sign-ins at once of one address: refused`, statuses.refused, 0, count),
    atMost(`${AT_ONCE} sign-ins at once of as many addresses: refused`, spread.refused, 0, count),
    shown(`${FLOOD} sign-ins at once of one address: refused`, count(flood.refused)),
    atMost('of these without `Retry-After`', flood.unexplained, 0, count),
    atMost(
      `Delay of the event loop during ${AT_ONCE} sign-ins, 99th percentile`,
      delays.p99,
      20,
      milliseconds,
    ),
  ];
}

interface Statuses {
  readonly refused: number;
  /** Refusals that do not say when to come back. */
  readonly unexplained: number;
}

async function signInsAtOnce(
  { url }: Server,
  phone: Parameters<typeof login>[1],
  howMany: number,
  addressOf: (n: number) => string,
): Promise<Statuses> {
  const answers = await Promise.all(
    Array.from({ length: howMany }, (_, n) =>
      login(url, phone, { 'X-Forwarded-For': addressOf(n) }),
    ),
  );
  const refusals = answers.filter(({ status }) => status !== 200);
  const unexplained = refusals.filter(({ headers }) => !headers.has('retry-after'));
  return { refused: refusals.length, unexplained: unexplained.length };
}

/** Both kinds in turn, one at a time: what an attacker would compare to find out who has an account. */
async function timeTells({ url }: Server): Promise<Row> {
  const times = { wrong: [] as number[], unknown: [] as number[] };
  for (let n = 0; n < REFUSED_LOGINS; n += 1) {
    times.wrong.push(await refusedLogin(url, 'bench'));
    times.unknown.push(await refusedLogin(url, `unknown-${n}`));
  }
  const tell = median(times.unknown) / median(times.wrong);
  const what = 'Sign-in of an unknown name ÷ with a wrong password, time: distance from 1';
  return atMost(what, Math.abs(tell - 1), 0.05, ratio);
}

async function refusedLogin(url: string, username: string): Promise<number> {
  const startedAt = performance.now();
  const { status } = await post(`${url}/api/auth/login`, { username, password: 'not the one' });
  if (status !== 401) throw new Error(`a wrong sign-in was answered with ${status}`);
  return performance.now() - startedAt;
}

/** The total cost of a sign-in, compared with its one password hash, which is unavoidable. */
async function cpuOfLogins(server: Server): Promise<Row> {
  const phone = await aPhone(server.url, 'throughput');
  await manyLogins(server, phone, WARM_UP_LOGINS);
  const ratios = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = server.cpuTime();
    await manyLogins(server, phone, LOGINS_PER_ROUND);
    const perLogin = (server.cpuTime() - before) / LOGINS_PER_ROUND;
    const alone = Number(await runOnServerCore(['test/bench/harness/bcrypt-alone.ts']));
    ratios.push(perLogin / alone);
  }
  const spread = withSpread(ratios, ratio);
  return atMost('CPU of a sign-in ÷ CPU of its hash alone', median(ratios), 1.05, ratio, spread);
}

async function manyLogins({ url }: Server, phone: Parameters<typeof login>[1], howMany: number) {
  const CLIENTS = 8;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      for (let n = 0; n < howMany / CLIENTS; n += 1) {
        const { status } = await login(url, phone);
        if (status !== 200) throw new Error(`a sign-in was answered with ${status}`);
      }
    }),
  );
}
