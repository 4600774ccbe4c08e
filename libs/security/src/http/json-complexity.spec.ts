import { isTooComplex } from './json-complexity.js';

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('isTooComplex', () => {
  it('counts lists and objects that are open at once', () => {
    expect(isTooComplex(nested(32))).toBe(false);
    expect(isTooComplex(nested(33))).toBe(true);
    expect(isTooComplex('{"a":'.repeat(40) + '1' + '}'.repeat(40))).toBe(true);
    expect(isTooComplex(`[${'[],'.repeat(400)}[]]`)).toBe(false);
  });

  it('counts them all', () => {
    expect(isTooComplex(`[${'{},'.repeat(500)}{}]`)).toBe(true);
  });

  it('counts fields and elements of any kind', () => {
    const fields = (count: number) =>
      `{${Array.from({ length: count }, (_, n) => `"field${n}":1`).join(',')}}`;
    expect(isTooComplex(fields(400))).toBe(false);
    expect(isTooComplex(fields(502))).toBe(true);
    expect(isTooComplex(`[${'1,'.repeat(501)}1]`)).toBe(true);
    expect(isTooComplex(JSON.stringify({ message: ','.repeat(5_000) }))).toBe(false);
  });

  it('takes no bracket of a string for one', () => {
    expect(isTooComplex(JSON.stringify({ message: '['.repeat(1000) }))).toBe(false);
    expect(isTooComplex(JSON.stringify({ message: '"\\"[{'.repeat(1000) }))).toBe(false);
  });
});
