import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

const server = process.env.E2E_DATABASE_URL;

/**
 * Makes a database with the schema, of which those of the gateways are copies: each start would migrate again. That a
 * start does so is tested in migrate.spec.ts, and on an own server in database-url.e2e-spec.ts.
 */
export async function makeTemplate(): Promise<void> {
  // Each project of the suite asks for it; one makes it, and the workers find its name.
  if (!server || process.env.E2E_TEMPLATE) return;
  const name = `e2e_template_${randomUUID().replaceAll('-', '')}`;
  await onServer(`create database ${name}`);
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-e2e-'));
  execFileSync(process.execPath, ['dist/apps/gateway/src/cli.js', 'keys', 'list'], {
    env: { ...process.env, NODE_ENV: 'test', DATA_DIR: dataDir, DATABASE_URL: urlOf(name) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  rmSync(dataDir, { recursive: true });
  process.env.E2E_TEMPLATE = name;
}

export async function removeTemplate(): Promise<void> {
  const name = process.env.E2E_TEMPLATE;
  if (!name) return;
  delete process.env.E2E_TEMPLATE;
  await onServer(`drop database if exists ${name} with (force)`);
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
