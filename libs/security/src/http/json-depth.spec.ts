import { isNestedTooDeeply } from './json-depth.js';

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

describe('isNestedTooDeeply', () => {
  it('counts lists and objects that are open at once', () => {
    expect(isNestedTooDeeply(nested(32))).toBe(false);
    expect(isNestedTooDeeply(nested(33))).toBe(true);
    expect(isNestedTooDeeply('{"a":'.repeat(40) + '1' + '}'.repeat(40))).toBe(true);
    expect(isNestedTooDeeply(`[${'[],'.repeat(1000)}[]]`)).toBe(false);
  });

  it('takes no bracket of a string for one', () => {
    expect(isNestedTooDeeply(JSON.stringify({ message: '['.repeat(1000) }))).toBe(false);
    expect(isNestedTooDeeply(JSON.stringify({ message: '"\\"[{'.repeat(1000) }))).toBe(false);
  });
});
