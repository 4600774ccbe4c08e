/**
 * The entries of a backup, in their order. It is a tar archive, compressed by gzip, encrypted by age, so that its content
 * can be reached without this product: `age --decrypt --identity KEY FILE | tar --extract --gzip`.
 */
export const HEADER = 'header.json';

/** The ledger of erased accounts as it was then, in parts. */
export const LEDGER = 'erasures';

/** SQLite: the whole file. */
export const SQLITE = 'database/gateway.sqlite';

/** PostgreSQL: each table in parts, which follow one another, in the text format of COPY. */
export const TABLES = 'database/tables/';

/** What lies in `DATA_DIR`. */
export const FILES = 'files/';

export const MANIFEST = 'manifest.json';

/** A keyed digest of the manifest, or nothing. */
export const SEAL = 'manifest.seal';

/** How much of a content whose size is not known before goes into one part. Bytes. */
export const PART_BYTES = 4_194_304;

/** `database/tables/accounts` and 3 → `database/tables/accounts/000003`. */
export function partName(content: string, number: number): string {
  return `${content}/${String(number).padStart(6, '0')}`;
}

/** The content that an entry is, or is a part of. */
export function contentOfEntry(name: string): string {
  const isPart = name.startsWith(TABLES) || name.startsWith(`${LEDGER}/`);
  return isPart ? name.replace(/\/\d{6,}$/, '') : name;
}
