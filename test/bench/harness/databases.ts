import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** A kind of database that gateways run on. */
export interface Database {
  readonly name: 'SQLite' | 'PostgreSQL';
  /** The variables of a gateway with an empty database of its own, which stays until `cleanUp`. */
  fresh(): Promise<Record<string, string>>;
}

const LOCAL_POSTGRES = 'postgres://postgres@127.0.0.1:5432/test';
const LOCAL_REDIS = 'redis://127.0.0.1:6379';

const cleanups: (() => Promise<void> | void)[] = [];

export const SQLITE: Database = {
  name: 'SQLite',
  fresh: () => Promise.resolve({ DATA_DIR: freshFolder() }),
};

/** SQLite, and PostgreSQL where E2E_DATABASE_URL names one or one answers on this machine. */
export async function availableDatabases(): Promise<Database[]> {
  const url = process.env.E2E_DATABASE_URL ?? LOCAL_POSTGRES;
  return (await answers(url)) ? [SQLITE, postgresOf(url)] : [SQLITE];
}

/** The Redis that E2E_REDIS_URL names, or one on this machine; undefined without either. */
export async function availableRedis(): Promise<string | undefined> {
  const url = process.env.E2E_REDIS_URL ?? LOCAL_REDIS;
  return (await answers(url)) ? url : undefined;
}

export async function cleanUp(): Promise<void> {
  for (const step of cleanups.splice(0).reverse()) await step();
}

function postgresOf(admin: string): Database {
  return {
    name: 'PostgreSQL',
    fresh: async () => {
      const database = `bench_${randomUUID().replaceAll('-', '')}`;
      await sql(admin, `create database ${database}`);
      cleanups.push(() => sql(admin, `drop database if exists ${database} with (force)`));
      const url = new URL(admin);
      url.pathname = database;
      return { DATA_DIR: freshFolder(), DATABASE_URL: url.href };
    },
  };
}

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function sql(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

function answers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = createConnection(Number(port), hostname);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.end());
  });
}
