import type { RecordContent } from '../audit/record-digest.js';

/** The place of a record in the chain, in hexadecimal where it is a digest. */
export interface ExportedSeal {
  readonly sequence: number;
  readonly hash: string;
}

/** A record as it leaves; without a seal if it waits for it. */
export interface ExportedRecord extends RecordContent {
  readonly seal: ExportedSeal | null;
}

/** Writes one record, without the end of its line. */
export type RecordFormat = (record: ExportedRecord) => string;
