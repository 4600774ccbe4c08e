import { digestOf } from '../audit/record-digest.js';

/** The action of the record that says which records were redacted. */
export const REDACTED = 'audit.redacted';

/** What the record of a redaction has as its object. @param rows in the order of their ids, digests in hexadecimal */
export function redactionDigest(
  rows: readonly { readonly id: string; readonly digest: string }[],
): string {
  const parts = rows.flatMap(({ id, digest }) => [id, digest]);
  return digestOf(['audit redaction', ...parts]).toString('hex');
}
