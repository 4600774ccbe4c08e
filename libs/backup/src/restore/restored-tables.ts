import { connectAlone, createSchema, type persistenceConfig } from '@app/persistence';
import type { ConfigType } from '@nestjs/config';
import { createHash } from 'node:crypto';
import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { type CopyStreamQuery, from as copyFrom } from 'pg-copy-streams';
import { drained } from '../archive/drained.js';
import { TABLES } from '../archive/layout.js';
import type { Manifest, SavedTable } from '../archive/manifest.js';
import { BackupError } from '../backup.error.js';
import { quoted } from '../sources/database-snapshot.js';
import { AS_OF_NOW, beginCopying, copyOf, tablesOf } from '../sources/postgres-snapshot.js';

/** What tells a system from a database that a gateway has only been started on. */
const TELLING_TABLES = ['accounts', 'audit_records'];

/**
 * PostgreSQL while a backup is restored into it: in one transaction, so that all of it is there or nothing. Nothing else
 * reads or writes the tables meanwhile.
 */
export class RestoredTables {
  /** The tables whose rows have come, and the one whose rows are coming. */
  private readonly loaded = new Set<string>();
  private loading: { readonly table: string; readonly rows: CopyStreamQuery } | undefined;
  private foreignKeys: { table: string; name: string; definition: string }[] = [];

  private constructor(
    private readonly client: pg.Client,
    private readonly config: ConfigType<typeof persistenceConfig>,
  ) {}

  static async connect(config: ConfigType<typeof persistenceConfig>): Promise<RestoredTables> {
    return new RestoredTables(await connectAlone(config.databaseUrl!), config);
  }

  async isEmpty(): Promise<boolean> {
    const known = new Set((await tablesOf(this.client)).map(({ name }) => name));
    for (const table of TELLING_TABLES.filter((name) => known.has(name))) {
      if ((await this.client.query(`select 1 from ${quoted(table)} limit 1`)).rows.length > 0) {
        return false;
      }
    }
    return known.size === 0 || known.has('accounts');
  }

  /** References are checked at the end, all at once: the order of the tables is then of no matter. */
  async begin({ tables }: Manifest): Promise<void> {
    await createSchema(this.config);
    await beginCopying(this.client);
    const known = await this.knownTables(tables);
    const names = known.map(({ name }) => quoted(name)).join(', ');
    await this.client.query(`lock table ${names} in access exclusive mode`);
    if (!(await this.isEmpty())) throw BackupError.notEmpty('the database holds accounts');
    const { rows } = await this.client.query<(typeof this.foreignKeys)[number]>(
      `select conrelid::regclass::text as table, quote_ident(conname) as name,
              pg_get_constraintdef(oid) as definition
       from pg_constraint
       where contype = 'f' and conparentid = 0
         and connamespace = current_schema()::regnamespace`,
    );
    this.foreignKeys = rows;
    for (const { table, name } of rows) {
      await this.client.query(`alter table ${table} drop constraint ${name}`);
    }
    for (const { name } of known) {
      await this.client.query(`alter table ${quoted(name)} disable trigger user`);
    }
    await this.client.query(`truncate ${names}`);
  }

  /** The rows of one part of a table. */
  async take(content: string, { tables }: Manifest, bytes: AsyncIterable<Buffer>): Promise<void> {
    if (!content.startsWith(TABLES)) return;
    const table = tables.find(({ name }) => name === content.slice(TABLES.length));
    if (!table) throw BackupError.damaged('it has a table that it does not name');
    const rows = await this.rowsOf(table);
    for await (const chunk of bytes) {
      if (!rows.write(chunk)) await drained(rows);
      if (rows.errored) throw rows.errored;
    }
  }

  async end({ sequences }: Manifest): Promise<void> {
    await this.endTable();
    for (const { name, last, isCalled } of sequences) {
      await this.client.query('select setval($1::regclass, $2, $3)', [
        quoted(name),
        last,
        isCalled,
      ]);
    }
    for (const { table, name, definition } of this.foreignKeys) {
      await this.client.query(`alter table ${table} add constraint ${name} ${definition}`);
    }
    for (const { name } of await tablesOf(this.client)) {
      await this.client.query(`alter table ${quoted(name)} enable trigger user`);
    }
  }

  /** Reads all of it again. @throws BackupError `backup_differs` */
  async compare({ tables, contents }: Manifest): Promise<void> {
    for (const { name, rows, columns = [] } of tables) {
      const saved = contents.find((content) => content.name === TABLES + name);
      const hash = createHash('sha256');
      const copied = copyOf(this.client, { name, columns });
      for await (const chunk of copied) hash.update(chunk);
      if (copied.count !== rows || hash.digest('base64url') !== saved?.digest) {
        throw BackupError.differs(`the table ${name}`);
      }
    }
  }

  /** For a comparison of what is there already. */
  async beginToRead(): Promise<void> {
    await beginCopying(this.client, AS_OF_NOW);
  }

  async commit(): Promise<void> {
    await this.client.query('commit');
  }

  /** Statistics, without which the first queries would be planned as for empty tables. */
  async analyze(): Promise<void> {
    await this.client.query('analyze');
  }

  /** What was not committed is undone. */
  close(): Promise<void> {
    return this.client.end();
  }

  private async knownTables(saved: readonly SavedTable[]): Promise<{ name: string }[]> {
    const known = await tablesOf(this.client);
    const described = (all: readonly { name: string; columns?: string[] | undefined }[]) =>
      all
        .map(({ name, columns = [] }) => `${name}: ${columns.toSorted().join()}`)
        .toSorted()
        .join('\n');
    if (described(known) === described(saved)) return known;
    throw BackupError.differs('its tables are others than those of this release');
  }

  private async rowsOf({ name, columns = [] }: SavedTable): Promise<CopyStreamQuery> {
    if (this.loading?.table === name) return this.loading.rows;
    await this.endTable();
    if (this.loaded.has(name)) throw BackupError.damaged('a table of it is in two places');
    this.loaded.add(name);
    const rows = this.client.query(
      copyFrom(`copy ${quoted(name)} (${columns.join(', ')}) from stdin`),
    );
    // The next write tells of it.
    rows.on('error', () => undefined);
    this.loading = { table: name, rows };
    return rows;
  }

  private async endTable(): Promise<void> {
    const { rows } = this.loading ?? {};
    this.loading = undefined;
    if (!rows) return;
    rows.end();
    await finished(rows);
  }
}
