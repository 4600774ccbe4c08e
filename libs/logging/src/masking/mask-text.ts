/** The longest text a log line carries in one field. Characters. */
const LONGEST = 500;

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\beyJ[\w-]+\.[\w-]*\.[\w-]*/g, '[token]'],
  [/\b(bearer|basic)\s+\S+/gi, '$1 [credential]'],
  [/[\p{L}\p{N}._%+-]+@[\p{L}\p{N}.-]+\.\p{L}{2,}/gu, '[email]'],
  [/(?<![\w.:-])\+?\(?\d{1,4}\)?(?:[ .()-]{1,2}\d{2,8}){2,5}(?![\w:-])/g, '[phone]'],
  [/(?<![\w.:-])\+\d{8,15}(?![\w:-])/g, '[phone]'],
  [/\b(?:[a-z][a-z0-9+.-]*):\/\/[^\s/@]+@/gi, '[credential]@'],
];

/**
 * Takes out of a free text what must not be in a log: tokens, credentials, e-mail addresses, phone numbers.
 * It is the second line of defence: fields reach the log by an allow list, and texts of people are not on it.
 */
export function maskText(text: string): string {
  const bounded = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return PATTERNS.reduce((masked, [pattern, mask]) => masked.replace(pattern, mask), bounded);
}
