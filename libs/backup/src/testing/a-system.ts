import { createSchema, databaseFile, type persistenceConfig } from '@app/persistence';
import type { ConfigType } from '@nestjs/config';
import Database from 'better-sqlite3';
import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { v7 } from 'uuid';
import { generateKey } from '../archive/age.js';
import type { backupConfig } from '../backup.config.js';
import { BackupService } from '../creation/backup.service.js';
import { BackupInventoryService } from '../inventory/backup-inventory.service.js';
import { RestoreService } from '../restore/restore.service.js';

export const PEPPER = 'a pepper of the tests, which is long enough';

/** A system as its commands see it: a folder, a database, and what they are configured with. */
export interface System {
  readonly persistence: ConfigType<typeof persistenceConfig>;
  readonly config: ConfigType<typeof backupConfig>;
  readonly backups: BackupService;
  readonly inventory: BackupInventoryService;
  readonly restores: RestoreService;
  query<Row>(statement: string): Promise<Row[]>;
}

/** The databases that the specs run on: PostgreSQL only where `TEST_DATABASE_URL` names one. */
export const DATABASES: readonly { database: string; server?: string }[] = [
  { database: 'SQLite' },
  ...(process.env.TEST_DATABASE_URL
    ? [{ database: 'PostgreSQL', server: process.env.TEST_DATABASE_URL }]
    : []),
];

/** Makes systems, and takes them away again. */
export class Systems {
  readonly root = mkdtempSync(join(tmpdir(), 'backups-'));
  private readonly names: string[] = [];
  private template: Promise<System> | undefined;

  constructor(private readonly server: string | undefined) {}

  /** A key whose identity is in a file. */
  async aKey(): Promise<{ recipient: string; identityFile: string }> {
    const { recipient, file } = await generateKey();
    const identityFile = join(this.root, `${randomUUID()}.key`);
    writeFileSync(identityFile, file, { mode: 0o600 });
    return { recipient, identityFile };
  }

  /** An empty system, without a schema. */
  async empty(
    more: Partial<ConfigType<typeof backupConfig>> = {},
    template?: string,
  ): Promise<System> {
    const folder = mkdtempSync(join(this.root, 'system-'));
    const dataDir = join(folder, 'data');
    const persistence = { dataDir, databaseUrl: await this.database(template), poolSize: 2 };
    const config = {
      recipients: [],
      folder: join(folder, 'backups'),
      kept: 14,
      keptFor: 30 * 86_400_000,
      pepper: PEPPER,
      ledger: join(folder, 'erasures.ledger'),
      ...more,
    };
    const inventory = new BackupInventoryService(config);
    return {
      persistence,
      config,
      inventory,
      backups: new BackupService(config, persistence, inventory),
      restores: new RestoreService(config, persistence),
      query: (statement) => query(persistence, statement),
    };
  }

  /** A system with accounts, notes and files: a copy of the first one. */
  async filled(more: Partial<ConfigType<typeof backupConfig>> = {}): Promise<System> {
    const { dataDir, databaseUrl } = (await (this.template ??= this.fill())).persistence;
    const system = await this.empty(more, databaseUrl && new URL(databaseUrl).pathname.slice(1));
    cpSync(dataDir, system.persistence.dataDir, { recursive: true, preserveTimestamps: true });
    return system;
  }

  private async fill(): Promise<System> {
    const system = await this.empty();
    mkdirSync(system.persistence.dataDir);
    await createSchema(system.persistence);
    for (const name of ['ada', 'grace']) await anAccount(system, name);
    const users = join(system.persistence.dataDir, 'users', 'ada');
    mkdirSync(users, { recursive: true });
    writeFileSync(join(users, 'memory.jsonl'), '{"name":"Ada"}\n', { mode: 0o600 });
    writeFileSync(join(users, 'empty'), '');
    writeFileSync(join(users, 'Große Datei'), Buffer.alloc(2_500_000, 'x'));
    return system;
  }

  async remove(): Promise<void> {
    rmSync(this.root, { recursive: true, force: true });
    for (const name of this.names) await this.admin(`drop database if exists ${name} with (force)`);
  }

  private async database(template = 'template1'): Promise<string | undefined> {
    if (!this.server) return undefined;
    const name = `backups_${randomUUID().replaceAll('-', '')}`;
    this.names.push(name);
    await this.admin(`create database ${name} template ${template}`);
    return Object.assign(new URL(this.server), { pathname: name }).href;
  }

  private async admin(statement: string): Promise<void> {
    await ask(this.server!, statement);
  }
}

export async function anAccount(system: System, username: string): Promise<string> {
  const [id, now] = [v7(), momentOf(system)];
  await system.query(
    `insert into accounts (id, username, username_key, role, created_at)
     values ('${id}', '${username}', '${username}', 'user', ${now})`,
  );
  await system.query(
    `insert into personal_notes (id, owner_id, number, title, text, created_at)
     values ('${v7()}', '${id}', 1, 'Tab\tand ''quote''', 'Two\nlines, \\ and 🎈', ${now})`,
  );
  return id;
}

export function momentOf({ persistence }: System, time = Date.now()): string {
  return persistence.databaseUrl ? `'${new Date(time).toISOString()}'` : String(time);
}

/** Everything that the database holds, by table. */
export async function everythingIn(system: System): Promise<Record<string, unknown[]>> {
  const tables = await system.query<{ name: string }>(
    system.persistence.databaseUrl
      ? `select table_name as name from information_schema.tables where table_schema = 'public' order by 1`
      : `select name from sqlite_master where type = 'table' and name not like 'sqlite_stat%' order by 1`,
  );
  const rows = tables.map(async ({ name }) => [name, await system.query(`select * from ${name}`)]);
  return Object.fromEntries(await Promise.all(rows)) as Record<string, unknown[]>;
}

async function query<Row>(
  { dataDir, databaseUrl }: System['persistence'],
  statement: string,
): Promise<Row[]> {
  if (databaseUrl) return ask<Row>(databaseUrl, statement);
  const database = new Database(databaseFile(dataDir));
  try {
    const prepared = database.prepare(statement);
    if (prepared.reader) return prepared.all() as Row[];
    prepared.run();
    return [];
  } finally {
    database.close();
  }
}

async function ask<Row>(url: string, statement: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows as Row[];
  } finally {
    await client.end();
  }
}
