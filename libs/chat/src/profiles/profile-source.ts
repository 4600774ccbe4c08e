import { canonicalDigest } from '@app/mcp';
import type { PinsFile } from './read-pins.js';

/** What the files of an assistant say. */
export interface ProfileSource {
  /** The name of the file, for those who read what is wrong with it. */
  readonly file: string;
  /** Of the content: how it is laid out makes no other version. */
  readonly sha256: string;
  readonly value: unknown;
  readonly pins: PinsFile | undefined;
}

export function sourceOf(file: string, value: unknown, pins: PinsFile | undefined): ProfileSource {
  return { file, sha256: canonicalDigest([value, pins ?? null]), value, pins };
}
