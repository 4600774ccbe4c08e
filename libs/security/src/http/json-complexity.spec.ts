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

  it('takes no bracket of a string for one', () => {
    expect(isTooComplex(JSON.stringify({ message: '['.repeat(1000) }))).toBe(false);
    expect(isTooComplex(JSON.stringify({ message: '"\\"[{'.repeat(1000) }))).toBe(false);
  });
});
