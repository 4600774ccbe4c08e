import { ConfigurationError } from '@app/config';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** What lies in `DATA_DIR` while a backup is restored into it. */
export const UNFINISHED_RESTORE = 'restore.unfinished';

/**
 * What a restore has left half done is no system: a start on it would serve some of the data, and write to it.
 *
 * @throws ConfigurationError
 */
export function assertNoUnfinishedRestore(dataDir: string): void {
  if (!existsSync(join(dataDir, UNFINISHED_RESTORE))) return;
  throw new ConfigurationError(
    `DATA_DIR has ${UNFINISHED_RESTORE}: a restore is running or was interrupted. Run backup restore again to its end.`,
  );
}
