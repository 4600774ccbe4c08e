import { JsonItems } from '@app/persistence';
import { Readable } from 'node:stream';
import { jsonStream } from './json-stream.js';

async function written(value: object): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of jsonStream(value)) pieces.push(Buffer.from(piece as Buffer));
  return Buffer.concat(pieces).toString('utf8');
}

async function* of(...items: unknown[]): AsyncGenerator<unknown> {
  yield* items;
}

describe('a stream of JSON', () => {
  it.each([
    [{}],
    [{ a: null, b: true, c: 1.5, d: 'ü "quoted"\n', e: [], f: [[], {}], g: { h: [1, 'two'] } }],
    [[{ a: 1 }, { b: 2 }]],
  ])('says what JSON.stringify says: %j', async (value) => {
    expect(JSON.parse(await written(value))).toEqual(value);
  });

  it('leaves out what is undefined, and writes a moment as a text', async () => {
    const value = { at: new Date(0), nothing: undefined, list: [undefined] };
    expect(JSON.parse(await written(value))).toEqual(JSON.parse(JSON.stringify(value)));
  });

  it('makes a list of what comes one by one, also within another', async () => {
    const value = { outer: of({ inner: of(1, 2) }, { inner: of() }), empty: of() };
    expect(JSON.parse(await written(value))).toEqual({
      outer: [{ inner: [1, 2] }, { inner: [] }],
      empty: [],
    });
  });

  it('writes items that are JSON already as they are, among others', async () => {
    const list = of(new JsonItems('{"n":1},\n{"n":2}'), { n: 3 }, new JsonItems('{"n":4}'));
    expect(JSON.parse(await written({ list }))).toEqual({
      list: [{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }],
    });
  });

  it('makes one string of a stream, whichever bytes its pieces end with', async () => {
    const text = 'quote " back\\slash \u0001 ü € 🙂 '.repeat(50);
    const bytes = Buffer.from(text);
    const source = Readable.from(
      Array.from({ length: bytes.length }, (_, at) => bytes.subarray(at, at + 1)),
      { objectMode: false },
    ).setEncoding('utf8');
    const binary = Buffer.from(Array.from({ length: 1000 }, (_, at) => at % 256));
    const base64 = Readable.from(
      [binary.subarray(0, 1), binary.subarray(1, 500), binary.subarray(500)],
      { objectMode: false },
    ).setEncoding('base64');
    const read = JSON.parse(await written({ source, base64 })) as Record<string, string>;
    expect(read.source).toBe(text);
    expect(Buffer.from(read.base64!, 'base64')).toEqual(binary);
  });

  it('reads no further ahead than it is read itself', async () => {
    let made = 0;
    async function* endless(): AsyncGenerator<string> {
      for (;;) yield `number ${(made += 1)} ${'x'.repeat(1000)}`;
    }
    const stream = jsonStream({ list: endless() });
    for await (const piece of stream) {
      if (String(piece).length > 0) break;
    }
    expect(made).toBeLessThan(500);
  });

  it('ends with the error of what it reads', async () => {
    async function* broken(): AsyncGenerator<string> {
      yield 'fine';
      throw new Error('gone');
    }
    await expect(written({ list: broken() })).rejects.toThrow('gone');
  });
});
