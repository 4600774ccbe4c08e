import {
  durationOf,
  durationVariable,
  integerVariable,
  keyVariable,
  parsedVariable,
  parseEnvironment,
  splitList,
  textVariable,
} from '@app/config';
import { persistenceConfig } from '@app/persistence';
import { registerAs } from '@nestjs/config';
import { join, resolve } from 'node:path';
import { isRecipient } from './backup-recipient.js';

export interface BackupConfig {
  /** To whose keys backups are encrypted. @default none, and no backup */
  readonly recipients: readonly string[];
  /** Absolute folder of the backups. @default DATA_DIR/backups */
  readonly folder: string;
  /** How many are kept. @default 14 */
  readonly kept: number;
  /** How long one is kept, unless it is the newest. Milliseconds. @default 30d */
  readonly keptFor: number;
  /** What seals a backup as one of this system. In development it is absent, and nothing is sealed. */
  readonly pepper: string | undefined;
  /** Absolute path of the ledger of erased accounts. @default DATA_DIR/erasures.ledger */
  readonly ledger: string;
}

interface Variables {
  BACKUP_RECIPIENT?: readonly string[];
  BACKUP_DIR?: string;
  BACKUP_KEPT: number;
  BACKUP_KEPT_FOR: string;
  ERASURE_LEDGER?: string;
  PASSWORD_PEPPER?: string;
}

export const backupConfig = registerAs('backup', (): BackupConfig => {
  const variables = parseEnvironment<Variables>(
    {
      BACKUP_RECIPIENT: parsedVariable(recipientsOf)
        .optional()
        .describe(
          'Public keys of age (age1…) to which backups are encrypted, separated by commas. Store their secret keys elsewhere.',
        )
        .meta({ unset: 'no backups' }),
      BACKUP_DIR: textVariable()
        .optional()
        .describe(
          'Folder of the backups. Use another disk than that of DATA_DIR, or copy the backups elsewhere.',
        )
        .meta({ unset: 'DATA_DIR/backups' }),
      BACKUP_KEPT: integerVariable(14, { min: 1, max: 10_000 }).describe(
        'How many backups are kept. When a new one is made, the oldest ones above this number are removed.',
      ),
      BACKUP_KEPT_FOR: durationVariable('30d', { min: '1h', max: '3650d' }).describe(
        'How long a backup is kept. Older ones are removed when a new one is made.',
      ),
      ERASURE_LEDGER: textVariable()
        .optional()
        .describe(
          'File with digests of erased accounts, so that they stay erased after a restore. Use another disk than that of the database.',
        )
        .meta({ unset: 'DATA_DIR/erasures.ledger' }),
      PASSWORD_PEPPER: keyVariable().optional(),
    },
    process.env,
  );
  const { dataDir } = persistenceConfig();
  return {
    recipients: variables.BACKUP_RECIPIENT ?? [],
    folder: resolve(variables.BACKUP_DIR ?? join(dataDir, 'backups')),
    kept: variables.BACKUP_KEPT,
    keptFor: durationOf(variables.BACKUP_KEPT_FOR),
    pepper: variables.PASSWORD_PEPPER,
    ledger: resolve(variables.ERASURE_LEDGER ?? join(dataDir, 'erasures.ledger')),
  };
});

function recipientsOf(text: string): readonly string[] {
  const recipients = splitList(text);
  if (!recipients.every(isRecipient)) {
    throw new Error('must be public keys of age, which begin with age1, separated by commas');
  }
  return recipients;
}
