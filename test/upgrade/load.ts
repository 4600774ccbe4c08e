import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { freshStorage } from '../e2e/gateway.ts';
import { sql } from '../e2e/template-database.ts';
import type { Former } from './former.ts';

const DATA = join(import.meta.dirname, 'releases');

/** Releases that have left data, the oldest first. */
export const FORMER_RELEASES: readonly string[] = readdirSync(DATA).toSorted((a, b) =>
  a.localeCompare(b, 'en', { numeric: true }),
);

/** So long ago the data were left, whenever they were made. Milliseconds. */
const AGE_MS = 120_000;

/** The audit trail is left as it is: from the release that chained it on, its times are sealed. */
const isMoved = (table: string) => !table.startsWith('audit_');

export interface Loaded {
  readonly former: Former;
  readonly storage: Record<string, string>;
}

/** A fresh storage with the data of a release, two minutes after it has ended. */
export async function load(release: string): Promise<Loaded> {
  const storage = await freshStorage();
  const kind = storage.DATABASE_URL ? 'postgres' : 'sqlite';
  const read = (name: string) => readFileSync(join(DATA, release, name));
  const former = JSON.parse(read(`${kind}.json`).toString()) as Former;
  for (const [path, content] of Object.entries(former.files)) {
    const file = join(storage.DATA_DIR!, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content, { encoding: 'base64', mode: 0o600 });
  }
  const by = Date.now() - AGE_MS - former.madeAt;
  if (kind === 'sqlite') {
    const file = join(storage.DATA_DIR!, 'gateway.sqlite');
    writeFileSync(file, gunzipSync(read('gateway.sqlite.gz')), { mode: 0o600 });
    await moveFile(file, by);
  } else {
    await loadServer(storage.DATABASE_URL!, gunzipSync(read('postgres.sql.gz')).toString());
    await moveServer(storage.DATABASE_URL!, by);
  }
  return { former, storage };
}

async function loadServer(url: string, dump: string): Promise<void> {
  await sql(url, 'drop schema public cascade; create schema public');
  await sql(url, dump);
}

/** Moves all times in the database by so many milliseconds, as if the data were new. */
async function moveFile(file: string, by: number): Promise<void> {
  const { default: Database } = await import('better-sqlite3');
  const database = new Database(file);
  const columns = database
    .prepare<[], { table: string; column: string }>(
      `select m.name as "table", c.name as "column" from sqlite_master m, pragma_table_info(m.name) c
       where m.type = 'table' and c.type = 'datetime'`,
    )
    .all();
  for (const { table, column } of columns.filter((one) => isMoved(one.table))) {
    database.exec(`update ${table} set ${column} = ${column} + ${by}`);
  }
  database.close();
}

async function moveServer(url: string, by: number): Promise<void> {
  const columns = await sql(
    url,
    `select table_name as table, column_name as column from information_schema.columns
     where table_schema = 'public' and data_type = 'timestamp with time zone'`,
  );
  const moves = columns
    .filter(({ table }) => isMoved(table as string))
    .map(
      ({ table, column }) =>
        `update ${String(table)} set ${String(column)} = ${String(column)} + ${by} * interval '1 millisecond'`,
    );
  await sql(url, moves.join(';\n'));
}
