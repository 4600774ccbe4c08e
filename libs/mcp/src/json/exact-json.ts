import { randomUUID } from 'node:crypto';

/** `JSON.rawJSON` is in ECMAScript 2026 and Node, not yet in TypeScript's library. */
interface ExactJson {
  rawJSON(text: string): object;
}
const json = JSON as unknown as ExactJson;

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** So many significant digits come back as they were from a double. */
const SAFE_DIGITS = 15;

/** A longer number is passed on as it is written. What a double holds is written in far fewer. Characters. */
const LONGEST_COMPARED = 1000;

/**
 * A number from its JSON text: as a `number` if that keeps it, or else as what `JSON.stringify` writes exactly so.
 * A number that a double does not hold would become another one, such as the id of something else.
 */
export function exactNumber(source: string): unknown {
  const value = Number(source);
  if (source.length > LONGEST_COMPARED && !Number.isNaN(value)) return json.rawJSON(source);
  // Any double keeps that many digits, unless the number is beyond its range.
  if (source.length <= SAFE_DIGITS && Number.isFinite(value) && value !== 0) return value;
  return decimal(String(value)) === decimal(source) ? value : json.rawJSON(source);
}

/** What may be a number that a double does not hold, or the quote at which a text begins. */
const QUOTE_OR_NUMBER = /"|-?\d[\d.]{15}[\d.eE+-]*|-?\d[\d.]*[eE][\d+-]*/g;

/** Stands in a text for a number that is put back after parsing. Not to be guessed by who writes the JSON. */
const MARK = `number ${randomUUID()} `;

/**
 * As `JSON.parse`, and every number stays the one that was written. A reviver would be called for each value; here the
 * work beyond that of `JSON.parse` is one look at the text, so that messages of megabytes may be read so, too.
 *
 * @throws SyntaxError
 */
export function parseExactJson(text: string): unknown {
  const numbers: unknown[] = [];
  const marked = markInexactNumbers(text, numbers);
  const value: unknown = JSON.parse(marked);
  return numbers.length === 0 ? value : putBack(value, numbers);
}

function markInexactNumbers(text: string, numbers: unknown[]): string {
  const parts: string[] = [];
  let copied = 0;
  QUOTE_OR_NUMBER.lastIndex = 0;
  for (let match; (match = QUOTE_OR_NUMBER.exec(text));) {
    const [source] = match;
    if (source === '"') {
      QUOTE_OR_NUMBER.lastIndex = endOfText(text, match.index);
      continue;
    }
    const number = exactNumber(source);
    if (typeof number === 'number') continue;
    parts.push(text.slice(copied, match.index), `"${MARK}${numbers.length}"`);
    numbers.push(number);
    copied = match.index + source.length;
  }
  return parts.length === 0 ? text : parts.join('') + text.slice(copied);
}

/** Behind the quote that ends the text which begins at `start`: one with an even count of backslashes before it. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let before = end;
    while (text[before - 1] === '\\') before -= 1;
    if ((end - before) % 2 === 0) return end + 1;
  }
  return text.length;
}

function putBack(value: unknown, numbers: readonly unknown[]): unknown {
  if (typeof value === 'string') {
    return value.startsWith(MARK) ? numbers[Number(value.slice(MARK.length))] : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    for (let at = 0; at < value.length; at += 1) value[at] = putBack(value[at], numbers);
    return value;
  }
  for (const [name, member] of Object.entries(value)) {
    const put = putBack(member, numbers);
    // Not by assignment, which means something else for `__proto__`.
    if (put !== member) Reflect.defineProperty(value, name, { value: put });
  }
  return value;
}

/** One spelling for each number: its digits without zeros at either end, and the power of ten they count. */
function decimal(source: string): string | undefined {
  const [, sign = '', whole, fraction = '', exponent = '0'] = NUMBER.exec(source) ?? [];
  if (whole === undefined) return undefined;
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = withoutZerosAtEnd(digits);
  if (significant === '') return '0';
  const power = Number(exponent) - fraction.length + digits.length - significant.length;
  return `${sign}${significant}e${power}`;
}

/** Not by an expression: one that has to end at the end is tried again at each zero of every run. */
function withoutZerosAtEnd(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  return digits.slice(0, end);
}
