import { ArgumentSchemas, type ArgumentsSchema } from './argument-schema.js';
import { convertValue, type TypedValue } from './argument-value.js';
import { UnreadableCommandError } from './command.js';
import { assertHarmlessName, assertHarmlessNames, isHarmlessName } from './harmless-names.js';
import { quotesLike, readQuoted } from './quotes.js';
import { beginsAsJson, jsonLength, parseTypedJson } from './typed-json.js';
import { matchName, trimTyped } from './typed-text.js';

/** Numbers that a double does not hold are in it as `JSON.rawJSON`: it is to be sent as JSON, never calculated with. */
export type Arguments = Record<string, unknown>;

/** What keyboards put between the parts: marks of the direction of writing, and blanks without a width. */
const MARKS = String.raw`\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff`;

const KEY = String.raw`([\p{L}_$][\p{L}\p{N}\p{M}_.$-]*)[${MARKS}]*[=\uff1d]`;
const PAIR_BEGINS = new RegExp(`^${KEY}`, 'u');
const STRAY = new RegExp(`^[${MARKS}]*`, 'u');
/** Two spaces make a full stop on many phones. */
const BEHIND_VALUE = new RegExp(String.raw`^[${MARKS}]*[.\u3002]?`, 'u');
const GAP = new RegExp(String.raw`^[\s${MARKS}]*`, 'u');
const BARE = /^\S+/;

/** How much of a name is repeated to the person. Characters. */
const SHOWN_NAME = 64;

/**
 * Reads what stands behind a command: a JSON object, `key=value` pairs with or without quotes, or the bare value of
 * the one argument that must be given, or that there is. Values become what the tool's schema asks for.
 *
 * @throws UnreadableCommandError
 */
export function parseArguments(input: string, schema: Record<string, unknown>): Arguments {
  if (input === '') return {};
  if (/^[{\uff5b]/.test(input)) return parseJson(input);
  const schemas = new ArgumentSchemas(schema);
  const known = schemas.arguments();
  if (PAIR_BEGINS.test(input)) return convertPairs(parsePairs(input, known), schemas, known);
  const only = onlyArgument(known);
  if (only === undefined) {
    throw new UnreadableCommandError('Write the arguments as name=value, or as a JSON object.');
  }
  return convertPairs(new Map([[only, wholeValue(input)]]), schemas, known);
}

function parseJson(input: string): Arguments {
  let value: unknown;
  try {
    value = parseTypedJson(input);
  } catch {
    throw new UnreadableCommandError('What stands behind the command is not valid JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnreadableCommandError('Behind the command a JSON object is expected.');
  }
  assertHarmlessNames(value);
  return value as Arguments;
}

function parsePairs(input: string, { properties }: ArgumentsSchema): Map<string, TypedValue> {
  const names = [...properties.keys()];
  const pairs = new Map<string, TypedValue>();
  let rest = input;
  while (rest !== '') {
    const [begin, typedKey] = PAIR_BEGINS.exec(rest) ?? [];
    if (begin === undefined) throw notPairs();
    const key = matchName(typedKey!, names) ?? typedKey!;
    assertHarmlessName(key);
    if (pairs.has(key)) {
      throw new UnreadableCommandError(`The argument ${key.slice(0, SHOWN_NAME)} is there twice.`);
    }
    const { length, ...value } = readValue(rest.slice(begin.length));
    pairs.set(key, value);
    rest = trimTyped(rest.slice(begin.length + length));
  }
  return pairs;
}

function readValue(input: string): TypedValue & { length: number } {
  const [stray = ''] = STRAY.exec(input)!;
  const quoted = readQuoted(input.slice(stray.length), mayFollow);
  if (quoted) {
    const length = withEnd(input, stray.length + quoted.length);
    return { text: quoted.text, isQuoted: true, length };
  }
  const json = beginsAsJson(input) ? jsonLength(input) : undefined;
  if (json !== undefined && mayFollow(input.slice(json))) {
    return { text: input.slice(0, json), isQuoted: false, length: withEnd(input, json) };
  }
  const [bare] = BARE.exec(input) ?? [];
  // A typographic apostrophe may begin a word: ’tis, ’99.
  if (bare === undefined || /^["']/.test(bare) || quotesLike(bare[0])?.startsWith('"')) {
    throw notPairs();
  }
  return { text: trimTyped(bare), isQuoted: false, length: bare.length };
}

/** Whether a value may end here: behind it there is nothing, or the next pair. */
function mayFollow(rest: string): boolean {
  const behind = rest.slice(withEnd(rest, 0));
  const [gap] = GAP.exec(behind)!;
  const next = behind.slice(gap.length);
  return next === '' || (/\s/.test(gap) && PAIR_BEGINS.test(next));
}

/** Where the value ends, with what a keyboard adds to it. */
function withEnd(input: string, length: number): number {
  return length + BEHIND_VALUE.exec(input.slice(length))![0].length;
}

function notPairs(): UnreadableCommandError {
  return new UnreadableCommandError(
    'Write each argument as name=value, and put a value with spaces in quotes: title="2 litres".',
  );
}

function convertPairs(
  pairs: ReadonlyMap<string, TypedValue>,
  schemas: ArgumentSchemas,
  { properties }: ArgumentsSchema,
): Arguments {
  return Object.fromEntries(
    [...pairs].map(([name, typed]) => [
      name,
      convertValue(name.slice(0, SHOWN_NAME), typed, schemas, properties.get(name)),
    ]),
  );
}

/** The one argument that must be given, or else the only one there is. */
function onlyArgument({ properties, required }: ArgumentsSchema): string | undefined {
  const names = required.length > 0 ? required : [...properties.keys()];
  return names.length === 1 && isHarmlessName(names[0]!) ? names[0] : undefined;
}

/** Quotes around all of it are no part of it; a text in which they only begin or end is taken as it is. */
function wholeValue(input: string): TypedValue {
  const quoted = readQuoted(input, (rest) => rest === '');
  const isWhole = quoted !== undefined && !hasQuotesWithin(input);
  return isWhole ? { text: quoted.text, isQuoted: true } : { text: input, isQuoted: false };
}

function hasQuotesWithin(input: string): boolean {
  const quotes = quotesLike(input[0])!;
  const inner = input.slice(1, -1).replace(/\\[\s\S]/g, '');
  return quotes.startsWith('"') && Array.from(inner).some((char) => quotes.includes(char));
}
