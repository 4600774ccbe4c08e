import { SecurityError } from '@app/security';
import type { PageQuery } from './conversation.dto.js';

/** Where a page starts, and on which side of it. */
export interface Cursor {
  /** `next`: what follows the key in the order of the list. `previous`: what comes before it. */
  readonly direction: 'next' | 'previous';
  readonly key: readonly string[];
}

/** One page of a list: a bound on its length, and where it starts. */
export interface Page {
  readonly limit: number;
  readonly cursor: Cursor | undefined;
}

/** The rows of a page in the order of the list, and whether there are more on its sides. */
export interface PageRows<Row> {
  readonly rows: readonly Row[];
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
}

/** Stands before the key of a cursor that goes back. */
const BACK = '<';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const INSTANT = /^(?:19[7-9]|2\d\d)\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** What stands before the id in the sort key of each list. */
const KEYS = {
  conversation: [isFlag, isInstant],
  message: [],
  hit: [isNumber],
} as const satisfies Record<string, readonly ((text: string) => boolean)[]>;

/** Lists that no page leads back in. */
const FORWARD_ONLY: readonly (keyof typeof KEYS)[] = ['hit'];

/**
 * Reads what a client sent back. A cursor is opaque to clients but not secret: it holds the sort key of the first or the
 * last row, and can address nothing that the owner could not list.
 *
 * @throws SecurityError `invalid_input`
 */
export function pageOf({ limit, cursor }: PageQuery, list: keyof typeof KEYS): Page {
  return {
    limit: Number(limit ?? 50),
    cursor: cursor === undefined ? undefined : decode(cursor, list),
  };
}

/** The cursors to the neighbours of a page, by the sort keys of its rows. */
export function cursorsOf<Row>(
  { rows, hasNext, hasPrevious }: PageRows<Row>,
  keyOf: (row: Row) => readonly string[],
): { nextCursor: string | null; previousCursor: string | null } {
  const [first, last] = [rows[0], rows.at(-1)];
  return {
    nextCursor: hasNext && last !== undefined ? encode(keyOf(last)) : null,
    previousCursor: hasPrevious && first !== undefined ? encode([BACK, ...keyOf(first)]) : null,
  };
}

/**
 * @param found the rows in the direction of the cursor, beginning with the one next to it
 * @param hasMore whether there are more in that direction; those on the other side were on the page that led here
 */
export function pageRows<Row>(
  found: readonly Row[],
  hasMore: boolean,
  { cursor }: Page,
): PageRows<Row> {
  return cursor?.direction === 'previous'
    ? { rows: found.toReversed(), hasNext: true, hasPrevious: hasMore }
    : { rows: found, hasNext: hasMore, hasPrevious: cursor !== undefined };
}

function encode(key: readonly string[]): string {
  return Buffer.from(key.join(' ')).toString('base64url');
}

function decode(cursor: string, list: keyof typeof KEYS): Cursor {
  const isKey: readonly ((text: string) => boolean)[] = KEYS[list];
  const key = Buffer.from(cursor, 'base64url').toString('latin1').split(' ');
  const direction = key[0] === BACK ? 'previous' : 'next';
  if (direction === 'previous') key.shift();
  const id = key.pop()?.toLowerCase() ?? '';
  const isValid =
    UUID.test(id) &&
    !(direction === 'previous' && FORWARD_ONLY.includes(list)) &&
    key.length === isKey.length &&
    isKey.every((isPart, index) => isPart(key[index]!));
  if (isValid) return { direction, key: [...key, id] };
  throw SecurityError.invalidInput([
    { field: 'cursor', message: 'cursor must be the nextCursor or previousCursor of another page' },
  ]);
}

function isFlag(text: string): boolean {
  return text === '0' || text === '1';
}

/** Fifteen digits are exact in JavaScript. */
function isNumber(text: string): boolean {
  return /^[1-9]\d{0,14}$/.test(text);
}

function isInstant(text: string): boolean {
  return INSTANT.test(text) && !Number.isNaN(Date.parse(text));
}
