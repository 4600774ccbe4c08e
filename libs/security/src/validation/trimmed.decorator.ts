import { Transform } from 'class-transformer';

/**
 * White space, and what a keyboard or a clipboard adds unseen: zero-width characters, marks and isolates of direction.
 * Not what chooses the look of the character before it, as of an emoji.
 */
const AROUND = /[[\s\p{Default_Ignorable_Code_Point}]--\p{Variation_Selector}]/v;

/**
 * A name, an address, a code or a token that a person types or pastes: what stands around it is no part of it. Never
 * for a password, which is taken as it was typed (ASVS 5.0, 6.2.8).
 */
export function Trimmed(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' ? trimmed(value) : value,
  );
}

/** The text without what stands around it; in linear time, whatever it is. */
export function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && AROUND.test(text[start]!)) start += 1;
  while (end > start && AROUND.test(text[end - 1]!)) end -= 1;
  return text.slice(start, end);
}
