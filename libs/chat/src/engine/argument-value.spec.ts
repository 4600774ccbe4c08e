import { parseArguments } from './command-arguments.js';

const root = {
  properties: { it: {} as unknown },
  $defs: {
    'a/b': { type: 'integer' },
    page: { allOf: [{ $ref: '#/$defs/a~1b' }, { maximum: 9 }] },
    loop: { anyOf: [{ $ref: '#/$defs/loop' }, { type: 'integer' }] },
    self: { $ref: '#/$defs/self' },
  },
};

/** What an argument `it` of that schema becomes. */
function read(schema: unknown, typed: string): unknown {
  return parseArguments(`it=${typed}`, { ...root, properties: { it: schema } }).it;
}

describe('an argument', () => {
  it.each([
    [{ type: ['integer', 'null'] }, '5', 5],
    [{ type: ['integer', 'null'] }, 'null', null],
    [{ type: 'integer', nullable: true }, 'null', null],
    [{ anyOf: [{ type: 'integer' }, { type: 'null' }] }, '5', 5],
    [{ oneOf: [{ type: 'boolean' }, { type: 'integer' }] }, '5', 5],
    [{ oneOf: [{ type: 'boolean' }, { type: 'integer' }] }, 'true', true],
    [{ allOf: [{ type: 'number' }, { type: 'integer' }] }, '5', 5],
    [{ allOf: [{ enum: [1, 2, 'x'] }, { type: 'number' }] }, '2', 2],
    [{ $ref: '#/$defs/a~1b' }, '5', 5],
    [{ $ref: '#/$defs/page' }, '5', 5],
    [{ $ref: '#/$defs/loop' }, '5', 5],
    [{ $ref: '#/$defs/self' }, '5', '5'],
    [{ $ref: '#/$defs/missing' }, '5', '5'],
    [{ $ref: 'https://example.org/schema' }, '5', '5'],
    [{ enum: [1, 2, 3] }, '2', 2],
    [{ enum: ['1', 2] }, '1', '1'],
    [{ enum: [1, '1'] }, '"1"', '1'],
    [{ enum: ['open', 'done'] }, 'Open', 'open'],
    [{ type: 'string', enum: ['open', 'done'] }, 'done', 'done'],
    [{ enum: [null, 'a'] }, 'null', null],
    [{ const: 7 }, '7', 7],
    [{ const: true }, 'true', true],
    [{ type: 'boolean' }, 'True', true],
    [{ type: 'boolean' }, 'off', false],
    [{ type: 'boolean' }, '"true"', true],
    [{ type: ['string', 'integer'] }, '5', 5],
    [{ type: ['string', 'integer'] }, '"5"', '5'],
    [{ type: ['string', 'integer'] }, '0171', '0171'],
    [{ type: ['string', 'null'] }, 'milk', 'milk'],
    [{ type: ['string', 'null'] }, '"null"', 'null'],
    [{ type: ['string', 'boolean'] }, 'yes', 'yes'],
    [{ type: 'array', items: { type: 'string' } }, 'a,b', ['a', 'b']],
    [{ type: 'array', items: { type: 'integer' } }, '1,2', [1, 2]],
    [{ type: 'array', items: { type: 'integer' } }, '7', [7]],
    [{ type: 'array', items: { type: 'integer' } }, '\u0661\u060c\u0662', [1, 2]],
    [{ type: 'array', items: { type: 'string' } }, '["a, b"]', ['a, b']],
    [{ type: 'array' }, '\u201cx, y\u201d', ['x', 'y']],
    [{ type: ['array', 'null'], items: {} }, '[1]', [1]],
    [{ type: 'object' }, '{"a":1}', { a: 1 }],
    [{ type: 'object' }, '{"a": "} x", "b": [1, 2]}', { a: '} x', b: [1, 2] }],
    [{ properties: { a: {} } }, '{\u201ca\u201d:1}', { a: 1 }],
    [{ type: 'number' }, '.5', 0.5],
    [{ type: 'number' }, '+1e3', 1000],
    [{ type: 'number' }, '007', 7],
    [{ type: 'integer' }, '5.0', 5],
    [{}, '5', '5'],
    [true, '5', '5'],
    ['odd', '5', '5'],
    [{ anyOf: [{ type: 'integer' }, {}] }, '5', '5'],
  ])('of %j written as %s', (schema, typed, value) => {
    expect(read(schema, typed)).toEqual(value);
  });

  it.each([
    [{ type: ['integer', 'null'] }, 'five', /must be a number/],
    [{ enum: ['open', 'done'] }, 'shut', /must be one of: open, done\./],
    [{ enum: [1, 2] }, '3', /must be one of: 1, 2\./],
    [{ enum: ['Odd', 'odd'] }, 'ODD', /must be one of/],
    [{ type: 'object' }, 'a', /must be JSON/],
    [{ type: 'array' }, '[1', /must be JSON/],
    [{ type: 'array' }, 'a,,b', /must be JSON/],
    [false, '5', /must be left out/],
    [{ type: 'odd' }, '5', /must be left out/],
  ])('of %j is refused as %s', (schema, typed, reason) =>
    expect(() => read(schema, typed)).toThrow(reason),
  );

  it('of a schema without an end is read all the same', () => {
    let deep: unknown = { type: 'integer' };
    for (let i = 0; i < 10_000; i += 1) deep = { anyOf: [deep, deep] };
    expect(read(deep, '5')).toBe('5');
  });
});

describe('a number', () => {
  it.each([
    ['1915883588174806058', '1915883588174806058'],
    ['-9007199254740993', '-9007199254740993'],
    ['9007199254740991', '9007199254740991'],
    ['9007199254740992', '9007199254740992'],
    ['9007199254740993', '9007199254740993'],
    ['\uff11915883588174806058', '1915883588174806058'],
    ['#1915883588174806058', '1915883588174806058'],
    ['1915883588174806058.0', '1915883588174806058'],
  ])('of many digits is sent as it is: %s', (typed, sent) => {
    expect(JSON.stringify(read({ type: 'integer' }, typed))).toBe(sent);
  });

  it.each([
    '1e400',
    '-1e400',
    '1e-400',
    '0.1000000000000000055511151231257827',
    '123456789.123456789123456789',
  ])('that a double does not keep is sent as it is: %s', (typed) =>
    expect(JSON.stringify(read({ type: 'number' }, typed))).toBe(typed),
  );

  it.each(['0.1', '1e3', '1.50', '-0.0', '2.2250738585072014e-308'])('is a number: %s', (typed) =>
    expect(read({ type: 'number' }, typed)).toBe(Number(typed) === 0 ? -0 : Number(typed)),
  );

  it('in JSON is sent as it is, however deep', () => {
    const json = '{"id":1915883588174806058,"in":[{"n":1e400},0.1],"of":"1915883588174806058"}';
    expect(JSON.stringify(parseArguments(json, root))).toBe(json);
    expect(JSON.stringify(read({ type: 'array' }, '[9007199254740993]'))).toBe(
      '[9007199254740993]',
    );
  });

  it('that is not whole is refused where one must be', () => {
    expect(() => read({ type: 'integer' }, '0.1000000000000000055511151231257827')).toThrow(
      /whole number/,
    );
  });
});
