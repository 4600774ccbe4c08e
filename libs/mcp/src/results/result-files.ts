import type { ReadPart } from './content-part.js';

/** What one result may show: files, and bytes of all of them. Files of one message of a server are smaller by themselves. */
export const MAX_FILES = 16;
export const MAX_FILES_BYTES = 8 * 1024 * 1024;

/** The parts with as many files as a result may have, and a note in the place of all others. */
export function withinBounds(parts: readonly ReadPart[]): ReadPart[] {
  let [files, bytes, leftOut] = [0, 0, 0];
  const kept = parts.filter(({ file }) => {
    if (!file) return true;
    if (files >= MAX_FILES || bytes + file.bytes.length > MAX_FILES_BYTES) {
      leftOut += 1;
      return false;
    }
    files += 1;
    bytes += file.bytes.length;
    return true;
  });
  if (leftOut === 0) return kept;
  const what = leftOut === 1 ? '1 more file is' : `${leftOut} more files are`;
  return [...kept, { text: `[${what} left out: it would be too much at once]` }];
}
