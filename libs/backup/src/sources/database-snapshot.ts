import { createHash } from 'node:crypto';
import type { ArchiveWriter } from '../archive/archive-writer.js';
import type { BackupHeader, Manifest } from '../archive/manifest.js';
import type { ErasedAccount } from '../ledger/erasure-ledger.js';

/** The database as it was at one moment. It serves and is written to meanwhile. */
export interface DatabaseSnapshot {
  readonly kind: BackupHeader['database'];
  /** The migrations that were applied, in their order. */
  readonly schema: readonly string[];
  /** A number that the database keeps for as long as it lives. */
  readonly system: string;
  erasedAccounts(): AsyncIterable<ErasedAccount>;
  saveTo(archive: ArchiveWriter): Promise<Pick<Manifest, 'tables' | 'sequences'>>;
  close(): Promise<void>;
}

/** What is read of a table of its own to tell systems apart: the moment of the first migration goes along with a restore. */
export const FIRST_MIGRATION =
  'select name, executed_at from schema_migrations order by id limit 1';

/** The number of a system. @param text the row of its first migration, as the database writes it */
export function systemOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** A name as both databases take it in a statement. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
