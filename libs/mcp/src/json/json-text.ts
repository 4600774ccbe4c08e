import { parseExactJson } from './exact-json.js';

/** What a number that a double may not hold has: many digits, or a power of ten. */
const MAY_BE_INEXACT = /[\d.]{16}|\d[eE]/;

/**
 * Parses JSON of a server. A byte order mark is skipped, and a number that a double cannot hold is kept digit by digit:
 * `JSON.stringify` writes it as it came.
 *
 * @throws SyntaxError for what is no JSON; RangeError for JSON nested too deeply
 */
export function parseJson(text: string): unknown {
  const json = text.startsWith('\ufeff') ? text.slice(1) : text;
  return MAY_BE_INEXACT.test(json) ? parseExactJson(json) : (JSON.parse(json) as unknown);
}

/** JSON of a value, or undefined for one that has none: nothing, or nested too deeply. */
export function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** An object with members: neither null nor a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
