/** A message that begins with a slash: the name of a tool, and what is written behind it. */
export interface Command {
  readonly name: string;
  readonly input: string;
}

export type Arguments = Record<string, unknown>;

/** What a person wrote cannot be understood; the message tells them how to write it. */
export class UnreadableCommandError extends Error {
  override readonly name = 'UnreadableCommandError';
}

const COMMAND = /^\/([A-Za-z0-9_.-]{1,64})(?:\s+([\s\S]*))?$/;
const PAIR =
  /^([A-Za-z_][\w-]*)=(?:"((?:[^"\\]|\\[\s\S])*)"|'((?:[^'\\]|\\[\s\S])*)'|([^\s"']\S*))(?:\s+|$)/;

/** Never names of data: they would reach the prototype of an object. */
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

export function parseCommand(message: string): Command | undefined {
  const [, name, input = ''] = COMMAND.exec(message.trim()) ?? [];
  return name === undefined ? undefined : { name, input: input.trim() };
}

/**
 * Reads what stands behind a command: a JSON object, `key=value` pairs with or without quotes, or, where a single
 * text is wanted, just that text. Values are converted as the tool's schema asks.
 *
 * @throws UnreadableCommandError
 */
export function parseArguments(input: string, schema: Record<string, unknown>): Arguments {
  if (input === '') return {};
  if (input.startsWith('{')) return parseJson(input);
  if (/^[A-Za-z_][\w-]*=/.test(input)) return convert(parsePairs(input), schema);
  const only = onlyText(schema);
  if (only !== undefined) return { [only]: input };
  throw new UnreadableCommandError('Write the arguments as name=value, or as a JSON object.');
}

function parseJson(input: string): Arguments {
  let value: unknown;
  try {
    value = JSON.parse(input);
  } catch {
    throw new UnreadableCommandError('What stands behind the command is not valid JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnreadableCommandError('Behind the command a JSON object is expected.');
  }
  for (const key of Object.keys(value)) assertHarmless(key);
  return value as Arguments;
}

function parsePairs(input: string): Map<string, string> {
  const pairs = new Map<string, string>();
  let rest = input;
  while (rest !== '') {
    const match = PAIR.exec(rest);
    if (!match) {
      throw new UnreadableCommandError(
        'Write each argument as name=value, and put a value with spaces in quotes: title="2 litres".',
      );
    }
    const [whole, key, double, single, bare] = match;
    assertHarmless(key!);
    if (pairs.has(key!)) throw new UnreadableCommandError(`The argument ${key} is there twice.`);
    pairs.set(key!, bare ?? unescape(double ?? single ?? ''));
    rest = rest.slice(whole.length);
  }
  return pairs;
}

function unescape(text: string): string {
  return text.replace(/\\([\s\S])/g, (_, char: string) => (char === 'n' ? '\n' : char));
}

function assertHarmless(key: string): void {
  if (FORBIDDEN.has(key)) throw new UnreadableCommandError(`An argument cannot be called ${key}.`);
}

function convert(pairs: Map<string, string>, schema: Record<string, unknown>): Arguments {
  const properties = propertiesOf(schema);
  return Object.fromEntries(
    [...pairs].map(([key, text]) => [key, convertValue(key, text, typeOf(properties[key]))]),
  );
}

function convertValue(key: string, text: string, type: string | undefined): unknown {
  switch (type) {
    case 'number':
    case 'integer': {
      const number = Number(text);
      if (text.trim() === '' || !Number.isFinite(number)) {
        throw new UnreadableCommandError(`The argument ${key} must be a number.`);
      }
      return number;
    }
    case 'boolean':
      if (text !== 'true' && text !== 'false') {
        throw new UnreadableCommandError(`The argument ${key} must be true or false.`);
      }
      return text === 'true';
    case 'array':
    case 'object':
      try {
        return JSON.parse(text);
      } catch {
        throw new UnreadableCommandError(`The argument ${key} must be JSON.`);
      }
    default:
      return text;
  }
}

/** The one argument that must be given, if it is a text. */
function onlyText(schema: Record<string, unknown>): string | undefined {
  const required = requiredOf(schema);
  const [only] = required;
  if (only === undefined || required.length > 1) return undefined;
  return typeOf(propertiesOf(schema)[only]) === 'string' ? only : undefined;
}

export function propertiesOf(schema: Record<string, unknown>): Record<string, unknown> {
  const { properties } = schema;
  return typeof properties === 'object' && properties !== null
    ? (properties as Record<string, unknown>)
    : {};
}

export function requiredOf(schema: Record<string, unknown>): string[] {
  const { required } = schema;
  return Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
}

export function typeOf(property: unknown): string | undefined {
  const { type } = (property ?? {}) as { type?: unknown };
  return typeof type === 'string' ? type : undefined;
}
