import * as z from 'zod';

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** A day of the calendar that exists, as YYYY-MM-DD. */
export function day() {
  return z
    .string('Use a real date, such as 2026-12-31.')
    .max(10, 'Use a real date, such as 2026-12-31.')
    .refine(isDay, 'Use a real date, such as 2026-12-31.')
    .meta({ format: 'date' });
}

/** Whether the text is YYYY-MM-DD and names a day that exists. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  // The 30th of February reads as the 2nd of March, or not at all.
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** `2026-12-31` as `31 Dec 2026`. */
export function showDay(text: string): string {
  const [year, month, date] = text.split('-').map(Number);
  return `${date} ${MONTHS[(month ?? 1) - 1]} ${year}`;
}
