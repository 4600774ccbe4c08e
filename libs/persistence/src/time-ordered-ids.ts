/** Lower than every id. */
export const LOWEST_ID = '00000000-0000-0000-0000-000000000000';

/** The last moment that an id can tell: 48 bits. Milliseconds since 1970. */
const LAST_MOMENT = 2 ** 48 - 1;

/**
 * The bound between the ids of rows (UUIDv7) before a moment and those from it on: they are in the order of time, and have
 * an index. What no id can tell counts as the first or the last moment.
 *
 * @throws RangeError for an invalid date: it would be taken for some other moment, without a word
 */
export function firstIdOf(moment: Date): string {
  const time = moment.getTime();
  if (Number.isNaN(time)) throw new RangeError('not a moment');
  const digits = Math.min(Math.max(time, 0), LAST_MOMENT).toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}${LOWEST_ID.slice(13)}`;
}

/** When a row got its id. */
export function momentOfId(id: string): Date {
  return new Date(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16));
}
