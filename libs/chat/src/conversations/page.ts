import { SecurityError } from '@app/security';
import type { PageQuery } from './conversation.dto.js';

/** One page of a list: a bound on its length, and where it starts. */
export interface Page {
  readonly limit: number;
  readonly cursor: readonly string[] | undefined;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const INSTANT = /^(?:19[7-9]|2\d\d)\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/**
 * Reads what a client sent back. A cursor is opaque to clients but not secret: it holds the sort key of the last
 * row, an id with or without a moment before it, and can address nothing that the owner could not list.
 *
 * @throws SecurityError `invalid_input`
 */
export function pageOf({ limit, cursor }: PageQuery): Page {
  return { limit: Number(limit ?? 50), cursor: cursor === undefined ? undefined : decode(cursor) };
}

export function cursorOf(...key: readonly string[]): string {
  return Buffer.from(key.join(' ')).toString('base64url');
}

function decode(cursor: string): readonly string[] {
  const key = Buffer.from(cursor, 'base64url').toString('latin1').split(' ');
  const id = key.pop()!.toLowerCase();
  const isValid = UUID.test(id) && (key.length === 0 || (key.length === 1 && isInstant(key[0]!)));
  if (isValid) return [...key, id];
  throw SecurityError.invalidInput([
    { field: 'cursor', message: 'cursor must be the nextCursor of the page before' },
  ]);
}

function isInstant(text: string): boolean {
  return INSTANT.test(text) && !Number.isNaN(Date.parse(text));
}
