import { faultOfArgumentHeaders } from './argument-headers.js';

const withHeader = (name: unknown, type: unknown = 'string') => ({ type, 'x-mcp-header': name });
const faultOf = (properties: object, others: object = {}) =>
  faultOfArgumentHeaders({ type: 'object', properties, ...others });

describe('faultOfArgumentHeaders', () => {
  it.each([
    ['no header', { a: { type: 'string' } }],
    ['strings, integers and booleans', { a: withHeader('A'), b: withHeader('B', 'integer') }],
    [
      'an argument within an argument',
      { a: { type: 'object', properties: { b: withHeader('B') } } },
    ],
    ['an argument of the name of the keyword', { 'x-mcp-header': { type: 'string' } }],
    ['the keyword in data', { a: { default: { 'x-mcp-header': '' } } }],
  ])('has nothing to say of %s', (_case, properties) => {
    expect(faultOf(properties)).toBeUndefined();
  });

  it.each([
    ['an empty name', { a: withHeader('') }, /no header name/],
    ['a name that could end the header', { a: withHeader('A\r\nB') }, /no header name/],
    ['a name that is no text', { a: withHeader(1) }, /no header name/],
    ['a number, which has many spellings', { a: withHeader('A', 'number') }, /no string, integer/],
    ['a list', { a: withHeader('A', 'array') }, /no string, integer/],
    ['any type', { a: { 'x-mcp-header': 'A' } }, /no string, integer/],
    ['one header twice', { a: withHeader('Region'), b: withHeader('region') }, /twice/],
    ['elements of a list', { a: { items: withHeader('A') } }, /no single argument/],
    ['alternatives', { a: { anyOf: [withHeader('A')] } }, /no single argument/],
    [
      'an argument of an alternative',
      { a: { oneOf: [{ properties: { b: withHeader('B') } }] } },
      /no single/,
    ],
  ])('finds %s', (_case, properties, fault) => {
    expect(faultOf(properties)).toMatch(fault);
  });

  it('finds it at the root, and in definitions', () => {
    expect(faultOf({}, withHeader('A', 'object'))).toMatch(/no single argument/);
    expect(faultOf({}, { $defs: { a: withHeader('A') } })).toMatch(/no single argument/);
  });
});
