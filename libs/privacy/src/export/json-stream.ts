import { JsonItems } from '@app/persistence';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';

/**
 * Writes a value as JSON, piece by piece and never faster than it is read. An async iterable becomes a list, a
 * stream of text a string, and of neither more than a piece is held in memory. `JsonItems` in a list are written as they
 * are.
 */
export function jsonStream(value: object): Readable {
  return Readable.from(joined(pieces(value)), { objectMode: false });
}

/** How much is gathered before it is handed on: a piece can be one character. Characters. */
const BLOCK_LENGTH = 65_536;

async function* joined(small: AsyncIterable<string>): AsyncGenerator<string> {
  let block = '';
  for await (const piece of small) {
    block += piece;
    if (block.length < BLOCK_LENGTH) continue;
    yield block;
    block = '';
    // Where all sources answer at once, and the reader keeps up, no other request would get a turn.
    await setImmediate();
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

/** Items that hold nothing to wait for are written together: each piece costs a turn through all generators. */
async function* list(items: AsyncIterable<unknown> | Iterable<unknown>): AsyncGenerator<string> {
  let separator = '[';
  let block = '';
  for await (const item of items) {
    block += separator;
    separator = ',\n';
    if (isAtHand(item)) {
      block += item instanceof JsonItems ? item.text : (JSON.stringify(item) ?? 'null');
      if (block.length < BLOCK_LENGTH) continue;
      yield block;
    } else {
      yield block;
      yield* pieces(item);
    }
    block = '';
  }
  yield `${block}${separator === '[' ? '[]' : ']'}`;
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

/** Whether all of a value is there: it holds neither a list nor a text that is read as it is written. */
function isAtHand(value: unknown): boolean {
  if (value instanceof JsonItems) return true;
  if (Array.isArray(value)) return value.every(isAtHand);
  if (!isPlainObject(value)) return true;
  return !isAsyncIterable(value) && Object.values(value).every(isAtHand);
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !('toJSON' in value);
}
