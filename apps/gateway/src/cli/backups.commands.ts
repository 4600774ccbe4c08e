import {
  BackupInventoryService,
  BackupModule,
  BackupService,
  generateKey,
  type Manifest,
  RestoreService,
  type Seal,
} from '@app/backup';
import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { writeFileSync } from 'node:fs';
import { bareModule } from './program/bare-module.js';
import { command, type CommandGroup } from './program/command.js';
import { giveWay } from './program/give-way.js';
import { flag, type Reader, repeated, required } from './program/input.js';
import { table } from './program/table.js';
import { UsageError } from './program/usage.error.js';

/** What the seal of a backup says, in words. */
const SEALS: Readonly<Record<Seal, string>> = {
  ours: 'Sealed by a system with this PASSWORD_PEPPER.',
  others: 'SEALED BY ANOTHER SYSTEM: it has another PASSWORD_PEPPER.',
  none: 'Without a seal: it comes from a system in development.',
  unknown: 'Its seal was not looked at, as PASSWORD_PEPPER is not set here.',
};

const MS_PER_HOUR = 3_600_000;
const BYTES_PER_MB = 1_000_000;

const path: Reader<string> = (text) => {
  if (text !== '') return text;
  throw new UsageError('the path of a file');
};

const identity = required('<FILE>', 'the secret key, as backup key writes it', path);

/** Without a database of the gateway's own: it could not be saved as it is, nor restored, once its schema was changed. */
@Module({})
class BackupCliModule {
  static async forRoot(): Promise<DynamicModule> {
    const imports = [
      await bareModule(),
      ConfigModule.forRoot({ ignoreEnvFile: true }),
      BackupModule,
    ];
    return { module: BackupCliModule, imports };
  }
}

const module = () => BackupCliModule.forRoot();

const create = command({
  name: 'backup create',
  summary: 'save the database and DATA_DIR, encrypted to BACKUP_RECIPIENT, while the service runs',
  module,
  async run(app) {
    giveWay();
    const { path, bytes, manifest, removed } = await app.get(BackupService).create();
    const gone = removed.length > 0 ? ` It takes the place of ${removed.length}.` : '';
    const text = `${path}: ${megabytes(bytes)}. ${contentOf(manifest)}${gone}`;
    return { data: { path, bytes, removed, ...summaryOf(manifest) }, text };
  },
});

const verify = command({
  name: 'backup verify',
  summary: 'decrypt a backup and compare it with its list of contents; writes nothing',
  args: { file: required('<FILE>', 'the backup', path) },
  options: { identity },
  module,
  async run(app, { args: { file }, options: { identity } }) {
    giveWay();
    const { manifest, seal } = await app.get(BackupService).verify(file, identity);
    const { createdAt, system, host, release } = manifest.header;
    const origin = `Made ${createdAt} on ${host} by release ${release}, of system ${system}.`;
    return {
      data: { ...summaryOf(manifest), seal },
      text: `Whole. ${contentOf(manifest)}\n${origin}\n${SEALS[seal]}`,
      isWell: seal !== 'others',
    };
  },
});

const restore = command({
  name: 'backup restore',
  summary:
    'restore a backup into an empty system, completely or not at all; stop the gateway first',
  args: { file: required('<FILE>', 'the backup', path) },
  options: {
    identity,
    ledger: repeated('<FILE>', 'a ledger of erased accounts, or a later backup', path),
    withoutLedger: flag(
      'restore without a ledger: accounts that were erased since the backup come back',
    ),
  },
  module,
  async run(app, { args: { file }, options: { identity, ledger, withoutLedger } }) {
    const { manifest, erasedAccounts } = await app.get(RestoreService).restore({
      path: file,
      identityFile: identity,
      ledgers: ledger,
      isWithoutLedger: withoutLedger,
    });
    const next = `Start the gateway: before it serves it erases again the accounts of the ledger (${erasedAccounts} entries were named).`;
    const text = `Restored, and compared with the backup. ${contentOf(manifest)}\n${next}`;
    return { data: { ...summaryOf(manifest), ledgerEntries: erasedAccounts }, text };
  },
});

const list = command({
  name: 'backup list',
  summary: 'show the backups in BACKUP_DIR, the newest first',
  module,
  async run(app) {
    const backups = await app.get(BackupInventoryService).list();
    const rows = backups.map(({ name, createdAt, bytes, database }) => [
      name,
      database,
      megabytes(bytes),
      `${((Date.now() - createdAt.getTime()) / MS_PER_HOUR).toFixed(1)} h`,
    ]);
    const text = rows.length > 0 ? table(['NAME', 'DATABASE', 'SIZE', 'AGE'], rows) : 'No backups.';
    return { data: { backups }, text };
  },
});

const ledger = command({
  name: 'backup ledger',
  summary: 'write the ledger of erased accounts; store it apart from the database',
  module,
  run: (app) => Promise.resolve({ chunks: app.get(BackupService).ledger() }),
});

const key = command({
  name: 'backup key',
  summary:
    'create a key pair for backups: the secret key is written to a new file, the public key is shown',
  options: { output: required('<FILE>', 'the new file for the secret key', path) },
  module: bareModule,
  async run(_app, { options: { output } }) {
    const { recipient, file } = await generateKey();
    try {
      writeFileSync(output, file, { mode: 0o600, flag: 'wx' });
    } catch {
      throw new UsageError('--output: the path of a file that does not exist yet');
    }
    const text = `BACKUP_RECIPIENT=${recipient}\nKeep ${output} away from this machine: without it no backup can be read.`;
    return { data: { recipient, identityFile: output }, text };
  },
});

function summaryOf({ header, tables, contents }: Manifest) {
  return {
    ...header,
    tables: tables.map(({ name, rows }) => ({ name, rows })),
    files: contents.filter(({ name }) => name.startsWith('files/')).length,
  };
}

function contentOf(manifest: Manifest): string {
  const { tables, files } = summaryOf(manifest);
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  return `${tables.length} tables with ${rows} rows, ${files} files.`;
}

function megabytes(bytes: number): string {
  return `${(bytes / BYTES_PER_MB).toFixed(1)} MB`;
}

export const backupCommands: CommandGroup = {
  noun: 'backup',
  summary: 'Backups, and the ledger of erased accounts',
  commands: [create, verify, restore, list, ledger, key],
};
