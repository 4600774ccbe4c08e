import { parseExactJson } from '@app/mcp';
import { ArgumentChecks } from './argument-checks.js';

/** Far more than a check takes, and far less than one that goes on and on. Milliseconds. */
const AT_ONCE_MS = 2_000;

const checks = new ArgumentChecks();
let count = 0;
const faultOf = (schema: object, input: Record<string, unknown>) => {
  count += 1;
  const inputSchema = { type: 'object', ...schema };
  return checks.faultOf(
    { name: 'tool', description: '', inputSchema, hints: {}, digest: `${count}` },
    input,
  );
};

describe('arguments', () => {
  const schema = {
    properties: {
      number: { type: 'integer', minimum: 1 },
      kind: { enum: ['a', 'b'] },
      tags: { type: 'array', items: { $ref: '#/$defs/tag' } },
    },
    $defs: { tag: { type: 'string' } },
    required: ['number'],
    additionalProperties: false,
  };

  it.each([
    [{ number: 3, kind: 'a', tags: ['x'] }, undefined],
    [{}, "the arguments must have required property 'number'"],
    [{ number: '3' }, 'number must be integer'],
    [{ number: 0 }, 'number must be >= 1'],
    [{ number: 1, kind: 'c' }, 'kind must be equal to one of the allowed values: "a", "b"'],
    [{ number: 1, tags: [1] }, 'tags.0 must be string'],
    [{ number: 1, more: 1 }, 'the arguments must NOT have additional properties: more'],
    [parseExactJson('{"number":12345678901234567891}') as Record<string, unknown>, undefined],
  ])('%j are held against the schema', (input, fault) => {
    expect(faultOf(schema, input)).toBe(fault);
  });

  it('are checked by the dialect that the schema names, or by the one that it fits', () => {
    const pair = { properties: { pair: { items: [{ type: 'string' }, { type: 'number' }] } } };
    const draft = 'http://json-schema.org/draft-07/schema#';
    for (const one of [pair, { $schema: draft, ...pair }]) {
      expect(faultOf(one, { pair: [1, 1] })).toBe('pair.0 must be string');
    }
    const modern = { properties: { pair: { prefixItems: [{ type: 'string' }] } } };
    expect(faultOf(modern, { pair: [1] })).toBe('pair.0 must be string');
  });

  it.each([
    ['is no schema', { properties: { a: { type: 'text' } } }],
    ['has a word in a place for a number', { properties: { a: { maxLength: 'x' } } }],
    ['requires in the way of draft 3', { properties: { a: { required: true } } }],
    ['refers elsewhere', { properties: { a: { $ref: 'https://example.com/schema.json' } } }],
    ['refers to nothing', { properties: { a: { $ref: '#/$defs/none' } } }],
    ['refers to itself', { properties: { a: { $ref: '#' } }, required: ['b'] }],
    ['is larger than all', { description: 'x'.repeat(70_000), required: ['b'] }],
    ['names its properties by patterns', { patternProperties: { '^x': {} }, required: ['b'] }],
  ])('are left to the server where the schema %s', (_, odd) => {
    expect(faultOf(odd, { a: 1 })).toBeUndefined();
  });

  it('never run a regular expression of the server', () => {
    const from = performance.now();
    const evil = { properties: { a: { type: 'string', pattern: '^(a+)+$' } } };
    expect(faultOf(evil, { a: `${'a'.repeat(60_000)}!` })).toBeUndefined();
    expect(performance.now() - from).toBeLessThan(AT_ONCE_MS);
  });

  it('take no longer with schemas that double at each step', () => {
    const from = performance.now();
    const $defs: Record<string, unknown> = { d0: { type: 'string' } };
    for (let n = 1; n < 40; n += 1) {
      const below = { $ref: `#/$defs/d${n - 1}` };
      $defs[`d${n}`] = { anyOf: [below, below] };
    }
    expect(
      faultOf({ $defs, properties: { a: { $ref: '#/$defs/d39' } } }, { a: 1 }),
    ).toBeUndefined();
    const list = { properties: { a: { type: 'array', uniqueItems: true } } };
    const items = Array.from({ length: 5_000 }, (_, n) => ({ n }));
    expect(faultOf(list, { a: items })).toBeUndefined();
    expect(performance.now() - from).toBeLessThan(AT_ONCE_MS);
  });

  /** Each step refers twice to the one below, in the form of `refer`. */
  const doubling = (refer: (n: number) => object, name = (n: number) => `d${n}`) =>
    Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [
        name(n),
        n === 0 ? { type: 'string' } : { anyOf: [refer(n - 1), refer(n - 1)] },
      ]),
    );
  const plain = (n: number) => ({ $ref: `#/$defs/d${n}` });
  const encoded = (n: number) => ({ $ref: `#/%24defs/d${n}` });
  const escaped = (n: number) => ({ $ref: `#/$defs/~1${n}` });
  const byId = (n: number) => ({ $ref: `d${n}` });
  const named = Object.fromEntries(
    Object.entries(doubling(byId)).map(([$id, schema]) => [$id, { $id, ...schema }]),
  );
  const shortened = (n: number) => ({ $ref: `#/$defs/d${n}#` });
  const decoys = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`d${n}#`, true]));

  it.each([
    ['encoded', { $defs: doubling(encoded), properties: { a: encoded(39) } }],
    ['escaped', { $defs: doubling(escaped, (n) => `/${n}`), properties: { a: escaped(39) } }],
    ['by ids', { $defs: named, properties: { a: byId(39) } }],
    ['longer', { $defs: { ...doubling(shortened), ...decoys }, properties: { a: shortened(39) } }],
    ['in a property', { $defs: doubling(plain), properties: { $ref: plain(39) } }],
  ])('are left to the server where references that double are %s', (_, schema) => {
    const from = performance.now();
    expect(faultOf(schema, { a: 1, $ref: 1 })).toBeUndefined();
    expect(performance.now() - from).toBeLessThan(AT_ONCE_MS);
  });

  it('are held against a schema with an id, and one with a property called $ref', () => {
    const schema = { $id: 'https://example.com/a', properties: { $ref: { type: 'string' } } };
    expect(faultOf(schema, { $ref: 1 })).toBe('$ref must be string');
  });

  it('are not changed', () => {
    const input = { a: undefined as unknown };
    delete input.a;
    const defaults = { properties: { a: { type: 'string', default: 'x' } } };
    expect(faultOf(defaults, input)).toBeUndefined();
    expect(input).toEqual({});
  });
});
