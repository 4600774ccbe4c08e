import * as z from 'zod';

/** The number by which a user names a note, a task or an event. Its upper bound is that of the column. */
export function rowNumber(noun: string) {
  return z
    .int('Use a whole number, such as 3.')
    .min(1, 'Numbers start at 1.')
    .max(2_147_483_647, 'That number is too large.')
    .describe(`The number of the ${noun}, as the list shows it.`);
}
