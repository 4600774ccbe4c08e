import { MIGRATION_NAMES, persistenceConfig, withoutBound } from '@app/persistence';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { readIdentities } from '../archive/age.js';
import { checkArchive } from '../archive/check-archive.js';
import type { BackupHeader, Manifest } from '../archive/manifest.js';
import { backupConfig } from '../backup.config.js';
import { BackupError } from '../backup.error.js';
import { ErasureLedger } from '../ledger/erasure-ledger.js';
import { compareFile } from './compare-file.js';
import { keptLedger, readLedgers } from './read-ledgers.js';
import { RestoredFolder } from './restored-folder.js';
import type { RestoredTables } from './restored-tables.js';

export interface RestoreOptions {
  readonly path: string;
  readonly identityFile: string;
  /** Ledgers of erased accounts, or later backups, which have one. */
  readonly ledgers: readonly string[];
  /** Whether people who were erased since the backup may come back, as there is no ledger. */
  readonly isWithoutLedger: boolean;
}

export interface Restored {
  readonly manifest: Manifest;
  /** How many entries of ledgers the next start of a gateway compares with the accounts. */
  readonly erasedAccounts: number;
}

/**
 * Restores a backup into an empty system: the whole of it, or nothing. The file is read twice. What is wrong with it, or
 * with the place, is found the first time, before anything is written.
 */
@Injectable()
export class RestoreService {
  constructor(
    @Inject(backupConfig.KEY) private readonly config: ConfigType<typeof backupConfig>,
    @Inject(persistenceConfig.KEY)
    private readonly persistence: ConfigType<typeof persistenceConfig>,
  ) {}

  /** @throws BackupError */
  restore(options: RestoreOptions): Promise<Restored> {
    return withoutBound(async () => {
      const identities = await readIdentities(options.identityFile);
      const ledgers = await this.ledgersOf(options, identities);
      const { path } = options;
      const { manifest, seal } = await checkArchive(path, identities, this.config.pepper, {
        begin: (header) => this.assertFits(header),
      });
      if (seal !== (this.config.pepper === undefined ? 'none' : 'ours')) {
        throw BackupError.otherSecrets();
      }
      await this.restoreChecked(path, identities, manifest, ledgers);
      return { manifest, erasedAccounts: ledgers.count };
    });
  }

  private async ledgersOf(
    { path, ledgers, isWithoutLedger }: RestoreOptions,
    identities: readonly string[],
  ): Promise<Ledgers> {
    let count = 0;
    for await (const batch of readLedgers(ledgers, identities)) count += batch.length;
    if (ledgers.length === 0 && !isWithoutLedger) {
      for await (const _ of keptLedger(this.config.ledger));
    }
    // With its own, so that the file has all of them.
    return { entries: () => readLedgers([path, ...ledgers], identities), count };
  }

  private async assertFits({ database, schema, release }: BackupHeader): Promise<void> {
    const isServer = this.persistence.databaseUrl !== undefined;
    if (database !== (isServer ? 'postgres' : 'sqlite')) throw BackupError.otherDatabase(database);
    const [ours, theirs] = [new Set(MIGRATION_NAMES), new Set(schema)];
    if (!theirs.isSubsetOf(ours)) throw BackupError.newerSchema(release);
    if (!ours.isSubsetOf(theirs)) throw BackupError.olderSchema(release);
  }

  private async restoreChecked(
    path: string,
    identities: readonly string[],
    manifest: Manifest,
    ledgers: Ledgers,
  ): Promise<void> {
    const folder = new RestoredFolder(this.persistence.dataDir);
    const tables = await this.connect();
    try {
      await folder.assertEmpty();
      const backup = manifest.header.id;
      if (tables && !(await tables.isEmpty())) {
        if (folder.interrupted !== backup) {
          throw BackupError.notEmpty('the database holds accounts');
        }
        // It was killed between its last two steps.
        await tables.beginToRead();
        await tables.compare(manifest);
        return await folder.finish();
      }
      await folder.begin(backup);
      try {
        await this.load(path, identities, manifest, folder, tables);
        for await (const batch of ledgers.entries()) {
          await new ErasureLedger(this.config.ledger).add(batch);
        }
        await folder.moveIn(backup);
      } catch (error) {
        await folder.clear();
        throw error;
      }
      // If the answer is lost, the mark stays, and the next restore finds out.
      await tables?.commit();
      await folder.finish();
      await tables?.analyze();
    } finally {
      await tables?.close();
    }
  }

  /** Everything, to where it does not count yet; and compares it. */
  private async load(
    path: string,
    identities: readonly string[],
    manifest: Manifest,
    folder: RestoredFolder,
    tables: RestoredTables | undefined,
  ): Promise<void> {
    await tables?.begin(manifest);
    const again = await checkArchive(path, identities, this.config.pepper, {
      take: async (content, entry, bytes) => {
        await folder.take(content, entry, bytes);
        await tables?.take(content, manifest, bytes);
      },
    });
    if (JSON.stringify(again.manifest) !== JSON.stringify(manifest)) {
      throw BackupError.damaged('it has changed while it was read');
    }
    await tables?.end(manifest);
    await tables?.compare(manifest);
    if (!tables) compareFile(folder.stagedDatabase, manifest);
  }

  private async connect(): Promise<RestoredTables | undefined> {
    if (this.persistence.databaseUrl === undefined) return undefined;
    const { RestoredTables } = await import('./restored-tables.js');
    return RestoredTables.connect(this.persistence);
  }
}

interface Ledgers {
  readonly count: number;
  entries(): ReturnType<typeof readLedgers>;
}
