import * as z from 'zod';

/** Text of 1 to `max` characters that both databases can keep: PostgreSQL stores neither NUL nor half a character. */
export function storableText(max: number) {
  return z
    .string('Give this as a text.')
    .trim()
    .min(1, 'Write something here.')
    .max(max, `Use at most ${max} characters.`)
    .refine(isStorable, 'This text has a character that cannot be stored.');
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && !/\p{Surrogate}/u.test(text);
}
