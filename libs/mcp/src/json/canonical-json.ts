import { createHash } from 'node:crypto';
import { isObject } from './json-text.js';

/** `JSON.isRawJSON` is in ECMAScript 2026 and Node, not yet in TypeScript's library. */
const { isRawJSON } = JSON as unknown as { isRawJSON(this: void, value: unknown): boolean };

/**
 * JSON with the members of each object in one order, so that equal values have equal texts (as RFC 8785).
 *
 * @throws RangeError for a value that is nested too deeply
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    isObject(member) && !isRawJSON(member) ? ordered(member) : member,
  );
}

/** SHA-256 of the canonical JSON, in hexadecimal. @throws RangeError */
export function canonicalDigest(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

function ordered(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map((name) => [name, object[name]]),
  );
}
