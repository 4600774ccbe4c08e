import { isEncrypted } from '../archive/age.js';
import { readArchive, textOf } from '../archive/archive-reader.js';
import { contentOfEntry, HEADER, LEDGER } from '../archive/layout.js';
import { parseHeader } from '../archive/manifest.js';
import { BackupError } from '../backup.error.js';
import { type ErasedAccount, ErasureLedger, ledgerEntries } from '../ledger/erasure-ledger.js';

/**
 * The entries of ledgers, in batches. A path names a ledger, or a backup, which has the one of its time.
 *
 * @throws BackupError if one of them is neither
 */
export async function* readLedgers(
  paths: readonly string[],
  identities: readonly string[],
): AsyncGenerator<readonly ErasedAccount[]> {
  for (const path of paths) {
    if (await isEncrypted(path)) yield* ledgerEntries(ledgerOf(path, identities));
    else yield* keptLedger(path);
  }
}

/** A ledger that has to be there: absent is not empty. @throws BackupError `backup_no_ledger` */
export async function* keptLedger(path: string): AsyncGenerator<readonly ErasedAccount[]> {
  let isThere = false;
  for await (const batch of new ErasureLedger(path).read()) {
    isThere = true;
    yield batch;
  }
  if (!isThere) throw BackupError.noLedger();
}

/** It is among the first entries, so that the rest need not be read. */
async function* ledgerOf(path: string, identities: readonly string[]): AsyncGenerator<Buffer> {
  for await (const entry of readArchive(path, identities)) {
    if (entry.name === HEADER) parseHeader(await textOf(entry));
    else if (contentOfEntry(entry.name) === LEDGER) yield* entry.content;
    else return;
  }
}
