import { RoleReviewService } from '@app/auth';
import { backupConfig, BackupInventoryService } from '@app/backup';
import { persistenceConfig } from '@app/persistence';
import { MikroORM } from '@mikro-orm/core';
import { statfsSync, statSync } from 'node:fs';
import { type Check, checksOf, type Diagnosis, fail, pass, warn } from './check.js';
import type { StoredState } from './stored-state.js';

/** The smallest share of the file system of DATA_DIR that should be free. */
const LEAST_FREE_SHARE = 0.1;

/** The age of the newest backup, one being made each night. Milliseconds. */
const BACKUP_WARN_MS = 2 * 86_400_000;
const BACKUP_FAIL_MS = 7 * 86_400_000;

const HOUR_MS = 3_600_000;

/** The checks of what the gateway stores. */
export function storageChecks(state: StoredState): Check[] {
  return [
    ...checksOf('before deployment', { 'data folder': dataFolder }),
    ...checksOf('in operation', {
      disk,
      database: () => database(state),
      backups,
      'role reviews': () => roleReviews(state),
    }),
  ];
}

function dataFolder(): Diagnosis {
  const { dataDir } = persistenceConfig();
  const stat = statSync(dataDir, { throwIfNoEntry: false });
  if (!stat)
    return warn('DATA_DIR does not exist yet.', 'Start the gateway: the first start creates it.');
  if ((stat.mode & 0o077) === 0) return pass('Only the user of the gateway can read DATA_DIR.');
  return fail('Other users of this machine can read DATA_DIR.', 'Run: chmod 700 on the folder.');
}

function disk(): Diagnosis {
  const { dataDir } = persistenceConfig();
  if (!statSync(dataDir, { throwIfNoEntry: false })) return pass('DATA_DIR does not exist yet.');
  const { bavail, blocks } = statfsSync(dataDir);
  const words = `${Math.floor((bavail / blocks) * 100)} % of the file system of DATA_DIR is free.`;
  const fix = 'Free space, or move DATA_DIR to a larger disk.';
  return bavail / blocks < LEAST_FREE_SHARE ? warn(words, fix) : pass(words);
}

async function database(state: StoredState): Promise<Diagnosis> {
  try {
    const app = await state.services();
    const isUp = await app.get(MikroORM).isConnected();
    if (isUp) return pass('The database answers, and has the schema of this release.');
  } catch {
    // The reason is not shown, as messages of databases repeat their input. The log of the gateway has it.
  }
  return fail('The database does not answer.', 'Read docs/operations.md, “Database outage”.');
}

async function backups(): Promise<Diagnosis> {
  const newest = await new BackupInventoryService(backupConfig()).newest();
  const fix = 'Run each night: npm run gateway -- backup create (docs/backups.md).';
  if (!newest) return warn('There is no backup in BACKUP_DIR.', fix);
  const age = Date.now() - newest.createdAt.getTime();
  const words = `The newest backup is ${Math.floor(age / HOUR_MS)} hours old.`;
  if (age > BACKUP_FAIL_MS) return fail(words, fix);
  return age > BACKUP_WARN_MS ? warn(words, fix) : pass(words);
}

async function roleReviews(state: StoredState): Promise<Diagnosis> {
  const app = await state.services();
  const { holders, due } = await app.get(RoleReviewService).status();
  const words = `The review of ${due} of ${holders} roles is due.`;
  const fix = 'Run npm run gateway -- roles list, and confirm or withdraw each role.';
  return due === 0 ? pass(words) : warn(words, fix);
}
