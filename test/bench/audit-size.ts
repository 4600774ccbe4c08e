import Sqlite from 'better-sqlite3';
import { join } from 'node:path';
import pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from './harness/databases.ts';
import { aPhone, post } from './harness/phones.ts';
import {
  atMost,
  count,
  megabytes,
  milliseconds,
  ratio,
  type Row,
  shown,
  type Unit,
} from './harness/row.ts';
import { runCommand, type Server, startGateway } from './harness/servers.ts';
import { quantile } from './harness/statistics.ts';

/** How many records the trail has. The larger number can be chosen. With fewer the process ends before its heap has grown. */
const MANY = Number(process.env.BENCH_AUDIT_RECORDS ?? 400_000);
const FEW = Math.max(100_000, MANY / 4);

const MEGABYTE = 2 ** 20;
const ROWS_PER_INSERT = 50_000;
const POLL_MS = 250;

/** Between two calls of the phone that writes meanwhile. Milliseconds. */
const PAUSE_MS = 10;

const seconds: Unit = (value) => `${value.toFixed(1)} s`;

interface Measured {
  readonly sealedIn: number;
  readonly verify: { readonly memory: number; readonly took: number };
  readonly export: { readonly memory: number; readonly took: number };
  /** Of calls that were recorded while the trail was verified. Milliseconds. */
  readonly waits: readonly number[];
}

/** A long trail: what its verification and its export keep in memory, how long they take, and how long others wait. */
export async function auditSize(database: Database): Promise<Row[]> {
  const few = await measured(database, FEW);
  const many = await measured(database, MANY);
  const memoryOf = (command: 'verify' | 'export') => {
    const [small, large] = [few[command].memory, many[command].memory];
    return atMost(
      `Its memory with ${count(MANY)} records ÷ with ${count(FEW)}, ${command}`,
      large / small,
      1.2,
      ratio,
      `${ratio(large / small)} (${megabytes(small)} to ${megabytes(large)})`,
    );
  };
  return [
    shown('The first seals of that many records', seconds(many.sealedIn)),
    shown('`audit verify`', seconds(many.verify.took)),
    memoryOf('verify'),
    atMost(
      'A recorded call meanwhile, 99th percentile',
      quantile(many.waits, 0.99),
      50,
      milliseconds,
    ),
    shown('`audit export --format jsonl`', seconds(many.export.took)),
    memoryOf('export'),
  ];
}

async function measured(database: Database, records: number): Promise<Measured> {
  const environment = await database.fresh();
  await runCommand(['keys', 'list'], environment);
  const trail = await open(environment);
  await trail.fill(records);
  const gateway = await startGateway(environment);
  const begun = performance.now();
  while ((await trail.sealed()) < records) await sleep(POLL_MS);
  const sealedIn = (performance.now() - begun) / 1_000;
  await trail.close();
  const writer = await recording(gateway);
  const verify = await run(['audit', 'verify'], environment);
  const waits = await writer.end();
  const exported = await run(['audit', 'export', '--format', 'jsonl'], environment);
  if (exported.lines < records) throw new Error(`${exported.lines} records were exported`);
  await gateway.stop();
  return { sealedIn, verify, export: exported, waits };
}

async function run(words: string[], environment: Record<string, string>) {
  const { most, took, lines } = await runCommand(words, environment);
  return { memory: most / MEGABYTE, took: took / 1_000, lines };
}

/** How many consents one account may give. */
const CONSENTS_PER_ACCOUNT = 1_000;

/** Phones whose calls are recorded, one after the other. */
async function recording({ url }: Server): Promise<{ end(): Promise<number[]> }> {
  let { token } = await aPhone(url, 'bench');
  const waits: number[] = [];
  let isOver = false;
  const calling = (async () => {
    for (let version = 1; !isOver; version += 1) {
      if (version % CONSENTS_PER_ACCOUNT === 0) ({ token } = await aPhone(url, `bench-${version}`));
      const begun = performance.now();
      const body = { purpose: 'bench', version: String(version % 2) };
      const answer = await post(`${url}/api/me/consents`, body, {
        Authorization: `Bearer ${token}`,
      });
      if (!answer.ok) throw new Error(`a call was answered with ${answer.status}`);
      waits.push(performance.now() - begun);
      await sleep(PAUSE_MS);
    }
  })();
  return {
    async end() {
      isOver = true;
      await calling;
      return waits;
    },
  };
}

/** The trail of a database, past the gateway. */
interface Trail {
  /** With records as a release before the chain has left them. */
  fill(records: number): Promise<void>;
  sealed(): Promise<number>;
  close(): Promise<void>;
}

const COLUMNS =
  'id, occurred_at, actor_id, action, object_type, object_id, outcome, ip, request_id';

function open({ DATABASE_URL: url, DATA_DIR: folder }: Record<string, string>): Promise<Trail> {
  return url ? onServer(url) : Promise.resolve(inFile(join(folder!, 'gateway.sqlite')));
}

function inFile(path: string): Trail {
  const file = new Sqlite(path);
  const insertion = file.prepare(
    `with recursive n(value) as (select ? union all select value + 1 from n where value < ?)
     insert into audit_records (${COLUMNS})
     select printf('019a0000-%04x-7%03x-8000-%012x', value / 4096, value % 4096, value), 1764000000000 + value,
       '019a0000-0000-7000-8000-000000000001', 'session.opened', 'session',
       '019a0000-0000-7000-8000-00000000000' || (value % 10), 'succeeded', '192.0.2.1', printf('request-%d', value)
     from n`,
  );
  return {
    fill(records) {
      file.pragma('synchronous = off');
      for (let from = 1; from <= records; from += ROWS_PER_INSERT) {
        insertion.run(from, Math.min(records, from + ROWS_PER_INSERT - 1));
      }
      file.exec('delete from audit_pending');
      return Promise.resolve();
    },
    sealed: () =>
      Promise.resolve(
        file.prepare('select coalesce(max(sequence), 0) from audit_seals').pluck().get() as number,
      ),
    close: () => Promise.resolve(void file.close()),
  };
}

async function onServer(url: string): Promise<Trail> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    async fill(records) {
      await client.query('alter table audit_records disable trigger user');
      await client.query(
        `insert into audit_records (${COLUMNS})
         select format('019a0000-%s-7%s-8000-%s', lpad(to_hex(n / 4096), 4, '0'), lpad(to_hex(n % 4096), 3, '0'),
             lpad(to_hex(n), 12, '0'))::uuid, to_timestamp(1764000000 + n / 1000.0),
           '019a0000-0000-7000-8000-000000000001', 'session.opened', 'session',
           '019a0000-0000-7000-8000-00000000000' || (n % 10), 'succeeded', '192.0.2.1', 'request-' || n
         from generate_series(1, $1::int) n`,
        [records],
      );
      await client.query('alter table audit_records enable trigger user');
      await client.query('vacuum analyze audit_records');
    },
    async sealed() {
      const { rows } = await client.query<{ last: string }>(
        'select coalesce(max(sequence), 0) as last from audit_seals',
      );
      return Number(rows[0]!.last);
    },
    close: () => client.end(),
  };
}
