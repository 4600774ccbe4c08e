/**
 * What phones put into a text that the person does not see, or sees as something else: `\p{DI}` are the characters
 * that are shown as nothing, U+2800 is a blank that is no white space.
 */
export const BLANKS = String.raw`[\s\p{Cc}\p{Cf}\p{DI}\u2800]`;

/** Invisible, and no part of a character either: a ZERO WIDTH JOINER or a variation selector belongs to its emoji. */
const STRAY =
  /[\s\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/u;

/** A slash as it is typed: on a keyboard for Chinese or Japanese, as a fraction, as a division. */
export const SLASHES = String.raw`[/\uff0f\u2044\u2215\u29f8\u27cb]`;

/** Hyphens, dashes and minus signs: what "smart punctuation" makes of a `-`. */
const DASHES = /[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/gu;

const WITHIN = /[\p{Cc}\p{Cf}\p{DI}]/gu;

/** Without white space and stray characters at its ends. Not by one expression: it would look at each gap within. */
export function trimTyped(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && STRAY.test(text[start]!)) start += 1;
  while (end > start && STRAY.test(text[end - 1]!)) end -= 1;
  return text.slice(start, end);
}

/** Of the given names the one that was typed: exactly, or else the only one that differs in case, width or dashes. */
export function matchName(typed: string, names: readonly string[]): string | undefined {
  if (names.includes(typed)) return typed;
  const folded = foldName(typed);
  const [match, ...others] = names.filter((name) => foldName(name) === folded);
  return others.length === 0 ? match : undefined;
}

/** A name that is shown or compared, without what cannot be seen in it. */
export function visibleName(typed: string): string {
  return typed.replace(WITHIN, '').normalize('NFC');
}

/** Digits of any script, and any dash for the sign, as ASCII. */
export function plainNumber(typed: string): string {
  return trimTyped(typed)
    .normalize('NFKC')
    .replace(DASHES, '-')
    .replace(/\u066b/g, '.')
    .replace(/\p{Nd}/gu, digitOf);
}

function foldName(name: string): string {
  return visibleName(name).normalize('NFKC').replace(DASHES, '-').toLowerCase();
}

/** Each script has its ten digits in a row: how far this one is from the first. */
function digitOf(digit: string): string {
  const code = digit.codePointAt(0)!;
  let zero = code;
  while (code - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String(code - zero);
}
