import { isDay, showDay } from './day.js';

const MOMENT =
  /^(\d{4}-\d{2}-\d{2})T((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,3})?)?)(Z|[+-](?:0\d|1[0-4]):[0-5]\d)?$/;

/** Years that both databases can store and people have appointments in. */
const FIRST = Date.UTC(1900, 0);
const AFTER_LAST = Date.UTC(3000, 0);

/** Reads an ISO 8601 date-time; one without an offset is UTC. Undefined when it is none, or not from 1900 to 2999. */
export function readMoment(text: string): Date | undefined {
  const [, date, time, offset = 'Z'] = MOMENT.exec(text) ?? [];
  if (!date || !isDay(date)) return undefined;
  return between1900And2999(new Date(`${date}T${time}${offset}`));
}

/** Reads YYYY-MM-DD as the start of that day in UTC. */
export function readDay(text: string): Date | undefined {
  return isDay(text) ? between1900And2999(new Date(`${text}T00:00:00Z`)) : undefined;
}

/** `31 Dec 2026 18:30 UTC` */
export function showMoment(moment: Date): string {
  const [date = '', time = ''] = moment.toISOString().split('T');
  return `${showDay(date)} ${time.slice(0, 5)} UTC`;
}

function between1900And2999(date: Date): Date | undefined {
  return date.getTime() >= FIRST && date.getTime() < AFTER_LAST ? date : undefined;
}
