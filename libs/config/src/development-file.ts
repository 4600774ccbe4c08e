import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * The text of a file that a development machine makes at its first start and keeps, such as a secret: for its owner's eyes
 * alone.
 *
 * @throws what keeps it from being written or read
 */
export function developmentFile(path: string, make: () => string): string {
  if (!existsSync(path)) write(path, make());
  return readFileSync(path, 'utf8');
}

/** Of several processes that start at once, the first to link wins, and all read its complete file. */
function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, text, { mode: 0o600 });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
}
