import { randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call, type User } from './client.ts';
import { aSecret, type Gateway, startGateway } from './gateway.ts';
import { OutageLoad, type Seen } from './outage-load.ts';
import { type OwnPostgres, ownPostgres } from './own-postgres.ts';
import { type OwnRedis, ownRedis } from './own-redis.ts';

/** What a busy machine takes for its own part, on top of what the page promises. Milliseconds. */
const LENIENCE_MS = 10_000;

/** How soon both instances serve everybody again, on a busy machine. Milliseconds. */
const RECOVERY_MS = 60_000;

/** How many calls of each kind are to be seen before, during and after an outage. */
const CALLS = 2;

/** How many devices of one address may have an account: the limit that is tried during an outage. */
const DEVICES = 5;

const hasRedis = process.env.E2E_REDIS_URL !== undefined;
const SHARED = hasRedis ? '"shared":true' : '';

type Server = OwnPostgres | OwnRedis;

/** One row of the table in operations.md. */
interface Row {
  readonly server: string;
  readonly state: string;
  readonly calls: string;
  readonly within: string;
  readonly health: string;
  readonly ready: string;
  readonly limits: string;
}

/** How a server comes into a state, and out of it. */
const STATES: Readonly<Record<string, readonly ((server: Server) => Promise<void> | void)[]>> = {
  stopped: [(server) => server.crash(), (server) => server.start()],
  hangs: [(server) => server.hang(true), (server) => server.hang(false)],
  restarted: [(server) => server.crash().then(() => server.start())],
};

const rows = tableOf(readFileSync('docs/operations.md', 'utf8'));

function tableOf(page: string): Row[] {
  const [, table = ''] = /^\| server .*\n\| -.*\n((?:\|.*\n)+)/m.exec(page) ?? [];
  return table
    .trimEnd()
    .split('\n')
    .map((line) => {
      const cells = line.split('|').map((cell) => cell.trim().replaceAll('`', ''));
      const [server, state, calls, within, health, ready, limits] = cells.slice(1, -1);
      return { server, state, calls, within, health, ready, limits } as Row;
    });
}

const isServed = ({ status }: Seen) => status === 200;

// The longest waits three times for a database that hangs.
vi.setConfig({ testTimeout: 240_000 });

describe('the table of outages in operations.md', () => {
  it('has each state of both servers', () => {
    const all = ['PostgreSQL', 'Redis'].flatMap((server) =>
      Object.keys(STATES).map((state) => `${server} ${state}`),
    );
    expect(rows.map(({ server, state }) => `${server} ${state}`)).toEqual(all);
  });
});

describe.runIf(process.env.E2E_DATABASE_URL)('two instances under load', () => {
  let postgres: OwnPostgres;
  let redis: OwnRedis | undefined;
  let gateways: readonly Gateway[];
  let folder: string;
  let load: OutageLoad;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'outages-'));
    [postgres, redis] = [await ownPostgres(), hasRedis ? await ownRedis() : undefined];
    const environment = {
      DATA_DIR: folder,
      DATABASE_URL: `postgres://postgres@127.0.0.1:${postgres.port}/postgres?sslmode=disable`,
      ...(redis && { REDIS_URL: redis.url }),
      JWT_SECRET: aSecret(),
      PASSWORD_PEPPER: aSecret(),
      TRUST_PROXY: 'loopback',
      LIMIT_DEVICE: `${DEVICES}/1h`,
    };
    gateways = await Promise.all([startGateway({ environment }), startGateway({ environment })]);
  });
  beforeEach(async () => {
    load = new OutageLoad(gateways);
    await load.start();
  });
  afterEach(() => load.stop());
  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    postgres.stop();
    await redis?.stop();
    rmSync(folder, { recursive: true });
  });

  /** Resolves when both instances say so. */
  const untilReady = (status: number, text: string) =>
    expect
      .poll(
        async () => {
          const answers = gateways.map((gateway) => call(gateway, '/health/ready'));
          return (await Promise.all(answers)).map((answer) => [
            answer.status,
            answer.text.includes(text),
          ]);
        },
        { timeout: RECOVERY_MS },
      )
      .toEqual(gateways.map(() => [status, true]));

  /** Resolves when each client had answers to calls that it has sent since. */
  const untilSeen = (since: number, fits: (seen: Seen) => boolean) =>
    expect
      .poll(() => Math.min(...load.counts(since, fits)), { timeout: RECOVERY_MS })
      .toBeGreaterThanOrEqual(CALLS);

  /** Of many devices of one address, how many are not refused for being too many. */
  async function devicesLetIn(): Promise<number> {
    const headers = { 'X-Forwarded-For': `198.18.${randomInt(256)}.${randomInt(256)}` };
    const answers = await Promise.all(
      Array.from({ length: 4 * DEVICES }, (_, n) =>
        call(gateways[n % gateways.length]!, '/api/auth/device', { method: 'POST', headers }),
      ),
    );
    return answers.filter(({ status }) => status !== 429).length;
  }

  /** Brings the server into a state, has everybody meet it, and ends it; when it began and ended. */
  async function outage({ server: name, state, ready, limits }: Row) {
    const server = name === 'Redis' ? redis! : postgres;
    const [enter, leave] = STATES[state]!;
    await enter!(server);
    const began = performance.now();
    if (leave) {
      const [status, sharing = ''] = ready.replace(': ', ':').split(', ');
      await untilReady(Number(status), sharing);
      await untilSeen(began, () => true);
      const isCountedApart = limits.includes('on each instance');
      if (hasRedis) {
        expect(await devicesLetIn()).toBe(isCountedApart ? DEVICES * gateways.length : DEVICES);
      }
    }
    const ended = performance.now();
    await leave?.(server);
    return { began, ended, isLasting: leave !== undefined };
  }

  function expectAnswers({ calls, within, health }: Row, { began, ended, isLasting }: Outage) {
    const [, status, code] = /^(\d+) (\w+)/.exec(calls) ?? [];
    const refused = load.seen.filter((seen) => !isServed(seen) && seen.code !== 'run_interrupted');
    for (const seen of refused) {
      const expected = { status: Number(status), code, retryAfter: '5' };
      expect(seen).toMatchObject(seen.kind === 'health' ? { status: Number(health) } : expected);
    }
    const during = load.seen.filter(({ sentAt }) => sentAt >= began && sentAt < ended);
    const answered = during.filter(({ kind, endedAt }) => kind !== 'health' && endedAt < ended);
    if (status && isLasting) expect(answered.filter(isServed)).toEqual([]);
    const [, bound = '0', unit] = /^(\d+) (m?s)/.exec(within) ?? [];
    const most = Number(bound) * (unit === 's' ? 1_000 : 1) + LENIENCE_MS;
    expect(during.filter((seen) => seen.endedAt - seen.sentAt > most)).toEqual([]);
    const told = status ? ['interrupted', 'run_interrupted'] : [];
    expect(load.unanswered.filter((unanswered) => !told.includes(unanswered))).toEqual([]);
  }

  /** Whatever was acknowledged is kept, and nothing is stored or done twice. */
  async function expectAllKept() {
    const kept = await Promise.all(load.writers.map(keptOf));
    for (const texts of kept.flat()) expect(texts).toHaveLength(new Set(texts).size);
    const messages = new Set(kept.flatMap(([said]) => said!));
    expect(load.acknowledged.filter((text) => !messages.has(text))).toEqual([]);
  }

  async function keptOf({ token }: User): Promise<[said: string[], notes: string[]]> {
    const { text } = await call(gateways[0]!, '/api/me/export', { token });
    const exported = JSON.parse(text) as {
      readonly conversations: { readonly messages: { role: string; content: string }[] }[];
      readonly personalTools: { readonly notes: { text: string }[] };
    };
    const said = exported.conversations
      .flatMap(({ messages }) => messages)
      .filter(({ role }) => role === 'user');
    return [
      said.map(({ content }) => content),
      exported.personalTools.notes.map((note) => note.text),
    ];
  }

  it.each(rows.filter(({ server }) => hasRedis || server !== 'Redis'))(
    'get what the table says, and lose nothing: $server $state',
    async (row) => {
      await untilReady(200, SHARED);
      await untilSeen(0, isServed);
      const met = await outage(row);
      const isBack = performance.now();
      await untilReady(200, SHARED);
      await untilSeen(isBack, isServed);
      // An instance looks again for a Redis that was away two seconds later.
      if (hasRedis) await expect.poll(devicesLetIn).toBe(DEVICES);
      await load.stop();
      expectAnswers(row, met);
      await expectAllKept();
    },
  );
});

/** When it was met, and whether it lasted until all clients had met it. */
interface Outage {
  readonly began: number;
  readonly ended: number;
  readonly isLasting: boolean;
}
