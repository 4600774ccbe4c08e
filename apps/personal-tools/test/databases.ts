import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The databases that the specs of what is stored run on: PostgreSQL only where `TEST_DATABASE_URL` names one. */
export const databases = [
  { database: 'SQLite', url: '' },
  ...(process.env.TEST_DATABASE_URL
    ? [{ database: 'PostgreSQL', url: process.env.TEST_DATABASE_URL }]
    : []),
];

/**
 * Points the process at the database, and the embedded one at a new folder. Nothing is deleted from a
 * PostgreSQL database: each spec uses new owners.
 */
export function useDatabase(url: string): { release(): void } {
  const dataDir = mkdtempSync(join(tmpdir(), 'personal-tools-'));
  vi.stubEnv('DATABASE_URL', url).stubEnv('DATA_DIR', dataDir);
  return {
    release() {
      vi.unstubAllEnvs();
      rmSync(dataDir, { recursive: true });
    },
  };
}
