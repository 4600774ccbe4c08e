import { connectAlone } from '@app/persistence';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { ArchiveWriter } from '../archive/archive-writer.js';
import { TABLES } from '../archive/layout.js';
import type { Manifest } from '../archive/manifest.js';
import { BackupError } from '../backup.error.js';
import type { ErasedAccount } from '../ledger/erasure-ledger.js';
import { type DatabaseSnapshot, FIRST_MIGRATION, quoted, systemOf } from './database-snapshot.js';

const LINE_END = 10;

/** How many erased accounts are read at a time. */
const ENTRIES_PER_READ = 1_000;

/** A table and its columns, as they are in statements. */
export interface Table {
  readonly name: string;
  readonly columns: string[];
}

/** Reads everything as of one moment. */
export const AS_OF_NOW = 'isolation level repeatable read, read only';

/** Values are written in the same way by every server, nothing ends what takes long, and rows come in the order in which they lie. */
const COPY_SETTINGS: readonly string[] = [
  'statement_timeout = 0',
  'lock_timeout = 0',
  'idle_in_transaction_session_timeout = 0',
  `timezone = 'UTC'`,
  `datestyle = 'ISO, YMD'`,
  `intervalstyle = 'iso_8601'`,
  `bytea_output = 'hex'`,
  'extra_float_digits = 3',
  'synchronize_seqscans = off',
];

/** PostgreSQL as of one transaction, whose snapshot no writer waits for. */
export async function postgresSnapshot(url: string): Promise<DatabaseSnapshot> {
  const client = await connectAlone(url);
  try {
    await beginCopying(client, AS_OF_NOW);
    if (!(await tablesOf(client)).some(({ name }) => name === 'schema_migrations')) {
      throw BackupError.noDatabase();
    }
    const applied = await client.query<{ name: string }>(
      'select name from schema_migrations order by id',
    );
    const [first] = (
      await client.query(`select row_to_json(f)::text as text from (${FIRST_MIGRATION}) f`)
    ).rows as [{ text: string }];
    return {
      kind: 'postgres',
      schema: applied.rows.map(({ name }) => name),
      system: systemOf(first.text),
      erasedAccounts: () => erasedAccounts(client),
      saveTo: (archive) => save(client, archive),
      close: () => client.end(),
    };
  } catch (error) {
    await client.end();
    throw error;
  }
}

/** A transaction in which rows are copied: to the database, or from it with `AS_OF_NOW`. */
export async function beginCopying(client: pg.Client, mode = ''): Promise<void> {
  await client.query(`begin transaction ${mode}`);
  for (const setting of COPY_SETTINGS) await client.query(`set local ${setting}`);
}

/** The tables of the schema in use, with the columns that have values of their own. */
export async function tablesOf(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<Table>(
    `select c.relname as name, array_agg(quote_ident(a.attname) order by a.attnum) as columns
     from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
       and not c.relispartition and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     group by c.oid, c.relname order by c.relname`,
  );
  return rows;
}

/** The rows of a table, as COPY has them, counted while they are read. */
export function copyOf(client: pg.Client, { name, columns }: Table): CountedRows {
  const statement = `copy (select ${columns.join(', ')} from ${quoted(name)}) to stdout`;
  return new CountedRows(client.query(copyTo(statement)));
}

export class CountedRows implements AsyncIterable<Uint8Array> {
  count = 0;

  constructor(private readonly copied: AsyncIterable<Buffer>) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.copied) {
      // A line end in a value is written in another way.
      for (let at = chunk.indexOf(LINE_END); at >= 0; at = chunk.indexOf(LINE_END, at + 1)) {
        this.count += 1;
      }
      yield chunk;
    }
  }
}

async function save(
  client: pg.Client,
  archive: ArchiveWriter,
): Promise<Pick<Manifest, 'tables' | 'sequences'>> {
  const saved: Manifest['tables'] = [];
  for (const table of await tablesOf(client)) {
    const rows = copyOf(client, table);
    await archive.addParts(TABLES + table.name, rows);
    saved.push({ name: table.name, rows: rows.count, columns: table.columns });
  }
  // After the tables: they are not bound to the snapshot, and must not be behind what was read.
  return { tables: saved, sequences: await sequencesOf(client) };
}

async function sequencesOf(client: pg.Client): Promise<Manifest['sequences']> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class
     where relkind = 'S' and relnamespace = current_schema()::regnamespace order by relname`,
  );
  const sequences: Manifest['sequences'] = [];
  for (const { name } of rows) {
    const { rows: values } = await client.query<{ last: string; isCalled: boolean }>(
      `select last_value::text as last, is_called as "isCalled" from ${quoted(name)}`,
    );
    sequences.push({ name, ...values[0]! });
  }
  return sequences;
}

async function* erasedAccounts(client: pg.Client): AsyncGenerator<ErasedAccount> {
  const tables = await tablesOf(client);
  if (!tables.some(({ name }) => name === 'erased_accounts')) return;
  for (let after = ''; ;) {
    const { rows } = await client.query<{ digest: string; erased_at: Date }>(
      'select digest, erased_at from erased_accounts where digest > $1 order by digest limit $2',
      [after, ENTRIES_PER_READ],
    );
    yield* rows.map((row) => ({ digest: row.digest, erasedAt: row.erased_at.toISOString() }));
    if (rows.length < ENTRIES_PER_READ) return;
    after = rows.at(-1)!.digest;
  }
}
