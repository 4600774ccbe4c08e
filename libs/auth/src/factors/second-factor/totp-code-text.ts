/** The longest text that is normalized. Characters. */
const LONGEST_TYPED = 64;

/** Separators that apps show between the digits, and invisible characters that clipboards and keyboards add. */
const BETWEEN = /[\s\p{Pd}\p{Default_Ignorable_Code_Point}]/gu;

/** Normalizes a typed code: digits of any script become ASCII, spaces and dashes are removed. */
export function plainTotpCode(typed: string): string {
  if (typed.length > LONGEST_TYPED) return typed;
  return typed
    .normalize('NFKC')
    .replaceAll(BETWEEN, '')
    .replaceAll(/\p{Nd}/gu, asciiDigit);
}

/** Unicode encodes the digits of a script as contiguous runs of ten, starting at zero. */
function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0)!;
  let before = 0;
  while (/\p{Nd}/u.test(String.fromCodePoint(code - before - 1))) before += 1;
  return String(before % 10);
}
