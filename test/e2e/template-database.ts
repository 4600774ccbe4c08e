import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

const server = process.env.E2E_DATABASE_URL;

/** The file of SQLite in the folder of its data. */
const SQLITE_FILE = 'gateway.sqlite';

/**
 * Makes a database with the schema, of which those of the gateways are copies: each start would migrate again. That a
 * start does so is tested in migrate.spec.ts, from a clean clone in bare-machine.sh, and on an own server in database-url.e2e-spec.ts.
 */
export async function makeTemplate(): Promise<void> {
  const name = `e2e_template_${randomUUID().replaceAll('-', '')}`;
  if (server) await onServer(`create database ${name}`);
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-e2e-'));
  execFileSync(process.execPath, ['dist/apps/gateway/src/cli.js', 'keys', 'list'], {
    env: {
      ...process.env,
      NODE_ENV: 'test',
      DATA_DIR: dataDir,
      ...(server && { DATABASE_URL: urlOf(name) }),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  // The workers find it there.
  process.env.E2E_TEMPLATE = server ? name : dataDir;
  if (server) rmSync(dataDir, { recursive: true });
}

export async function removeTemplate(): Promise<void> {
  const name = process.env.E2E_TEMPLATE;
  if (!name) return;
  delete process.env.E2E_TEMPLATE;
  if (server) await dropDatabase(name);
  else rmSync(name, { recursive: true });
}

/** Makes a database of SQLite with the schema. */
export function createDatabaseFile(dataDir: string): void {
  copyFileSync(join(process.env.E2E_TEMPLATE!, SQLITE_FILE), join(dataDir, SQLITE_FILE));
}

/** Makes a database with the schema on the server of the suite; its URL. */
export async function createDatabase(name: string): Promise<string> {
  await onServer(`create database ${name} template ${process.env.E2E_TEMPLATE}`);
  // No test pulls the server's plug, so none needs its disk to have written what was committed.
  await onServer(`alter database ${name} set synchronous_commit = off`);
  return urlOf(name);
}

export const dropDatabase = (name: string) =>
  onServer(`drop database if exists ${name} with (force)`);

function urlOf(name: string): string {
  const url = new URL(server!);
  url.pathname = name;
  return url.href;
}

const onServer = (statement: string) => sql(server!, statement);

export async function sql(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}
