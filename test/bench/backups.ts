import Sqlite from 'better-sqlite3';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { type Database, SQLITE } from './harness/databases.ts';
import { atMost, megabytes, ratio, type Row, shown, type Unit } from './harness/row.ts';
import { runCommand, startBareGateway } from './harness/servers.ts';

const MEGABYTE = 1_000_000;

/** How much is stored, in notes. The larger one can be chosen. Megabytes. */
const SMALL_MB = 100;
const LARGE_MB = Number(process.env.BENCH_BACKUP_MB ?? 1_000);

/** Of a note: hexadecimal digits of nothing, which shrink to half. Bytes. */
const TEXT_BYTES = 4_000;
const DIGEST_BYTES = 32;

/** How many notes one statement inserts. */
const ROWS_PER_INSERT = 10_000;

const perSecond: Unit = (value) => `${value.toFixed(0)} MB/s`;

interface Measured {
  /** The most memory that the process ever had. Megabytes. */
  readonly memory: number;
  /** Megabytes of notes per second, from the start of the process to its end. */
  readonly speed: number;
}

type Step = 'create' | 'verify' | 'restore';
const STEPS: readonly Step[] = ['create', 'verify', 'restore'];

/** A backup of a small database and of a large one: what each command keeps in memory, and how fast it is. */
export async function backups(database: Database): Promise<Row[]> {
  const small = await measured(database, SMALL_MB);
  const large = await measured(database, LARGE_MB);
  return STEPS.flatMap((step) => [
    shown(`\`backup ${step}\``, perSecond(large[step].speed)),
    atMost(
      `Its memory with ${LARGE_MB.toLocaleString('en')} MB ÷ with ${SMALL_MB} MB, ${step}`,
      large[step].memory / small[step].memory,
      1.2,
      ratio,
      `${ratio(large[step].memory / small[step].memory)} (${megabytes(small[step].memory)} to ${megabytes(large[step].memory)})`,
    ),
  ]);
}

async function measured(database: Database, size: number): Promise<Record<Step, Measured>> {
  const environment = await database.fresh();
  await (await startBareGateway(environment)).stop();
  await fill(environment, size);
  const key = join((await SQLITE.fresh()).DATA_DIR!, 'backup.key');
  const made = await runCommand(['backup', 'key', '--output', key, '--json'], environment);
  const { recipient } = JSON.parse(made.text) as { recipient: string };
  const saving = { ...environment, BACKUP_RECIPIENT: recipient };
  const run = async (words: string[], on: Record<string, string>) => {
    const { text, most, took } = await runCommand([...words, '--json'], on);
    const result = { memory: most / MEGABYTE, speed: size / (took / 1_000) };
    return { path: (JSON.parse(text) as { path?: string }).path, result };
  };
  const create = await run(['backup', 'create'], saving);
  const from = [create.path!, '--identity', key];
  const verify = await run(['backup', 'verify', ...from], environment);
  const restore = await run(
    ['backup', 'restore', ...from, '--without-ledger'],
    await database.fresh(),
  );
  return { create: create.result, verify: verify.result, restore: restore.result };
}

async function fill(environment: Record<string, string>, size: number): Promise<void> {
  const rows = Math.ceil((size * MEGABYTE) / TEXT_BYTES);
  await (environment.DATABASE_URL
    ? fillServer(environment.DATABASE_URL, rows)
    : fillFile(join(environment.DATA_DIR!, 'gateway.sqlite'), rows));
}

function fillFile(path: string, rows: number): void {
  const file = new Sqlite(path);
  file.pragma('synchronous = off');
  const insertion = file.prepare(
    `with recursive n(value) as (select ? union all select value + 1 from n where value < ?)
     insert into personal_notes (id, owner_id, number, title, text, created_at, search_text)
     select lower(hex(randomblob(16))), 'bench', value, 'Note', hex(randomblob(${TEXT_BYTES / 2})), 0, '' from n`,
  );
  for (let from = 1; from <= rows; from += ROWS_PER_INSERT) {
    insertion.run(from, Math.min(rows, from + ROWS_PER_INSERT - 1));
  }
  file.pragma('wal_checkpoint(truncate)');
  file.close();
}

async function fillServer(url: string, rows: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('set synchronous_commit = off');
  const text = `(select string_agg(md5(n::text || k), '') from generate_series(1, ${TEXT_BYTES / DIGEST_BYTES}) k)`;
  for (let from = 1; from <= rows; from += ROWS_PER_INSERT) {
    await client.query(
      `insert into personal_notes (id, owner_id, number, title, text, created_at, search_text)
       select gen_random_uuid(), '${randomUUID()}', n, 'Note', ${text}, now(), ''
       from generate_series($1::int, $2::int) n`,
      [from, Math.min(rows, from + ROWS_PER_INSERT - 1)],
    );
  }
  await client.end();
}
