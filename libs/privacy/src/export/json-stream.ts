import { Readable } from 'node:stream';

/**
 * Writes a value as JSON, piece by piece and never faster than it is read. An async iterable becomes a list, a
 * stream of text a string, and of neither more than a piece is held in memory.
 */
export function jsonStream(value: object): Readable {
  return Readable.from(joined(pieces(value)), { objectMode: false });
}

/** How much is gathered before it is handed on: a piece can be one character. Characters. */
const BLOCK = 16_384;

async function* joined(small: AsyncIterable<string>): AsyncGenerator<string> {
  let block = '';
  for await (const piece of small) {
    block += piece;
    if (block.length < BLOCK) continue;
    yield block;
    block = '';
  }
  yield block;
}

async function* pieces(value: unknown): AsyncGenerator<string> {
  if (value instanceof Readable) yield* text(value);
  else if (isAsyncIterable(value)) yield* list(value);
  else if (Array.isArray(value)) yield* list(value);
  else if (isPlainObject(value)) yield* record(value);
  else yield JSON.stringify(value) ?? 'null';
}

async function* text(stream: AsyncIterable<unknown>): AsyncGenerator<string> {
  yield '"';
  for await (const piece of stream) yield JSON.stringify(String(piece)).slice(1, -1);
  yield '"';
}

async function* list(items: AsyncIterable<unknown> | Iterable<unknown>): AsyncGenerator<string> {
  let separator = '[';
  for await (const item of items) {
    yield separator;
    yield* pieces(item);
    separator = ',\n';
  }
  yield separator === '[' ? '[]' : ']';
}

async function* record(fields: object): AsyncGenerator<string> {
  let separator = '{';
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    yield `${separator}${JSON.stringify(name)}:`;
    yield* pieces(value);
    separator = ',';
  }
  yield separator === '{' ? '{}' : '}';
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !('toJSON' in value);
}
