import { renameSync, writeFileSync } from 'node:fs';

/** Writes a file that another process may read at any time: it finds the old content or the new one, and never a part. */
export function replaceFile(path: string, content: string): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}
