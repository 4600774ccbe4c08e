import { canonicalDigest, canonicalJson } from './canonical-json.js';
import { parseExactJson } from './exact-json.js';

describe('canonical JSON', () => {
  it('is the same for objects whose members come in another order', () => {
    const one = { b: [{ d: 1, c: null }], a: 'x', __proto: 1 };
    const other = { __proto: 1, a: 'x', b: [{ c: null, d: 1 }] };
    expect(canonicalJson(one)).toBe(canonicalJson(other));
    expect(canonicalDigest(one)).toMatch(/^[0-9a-f]{64}$/);
  });

  it('differs where a value, a type, or the order of a list differs', () => {
    const digests = [{ a: 1 }, { a: '1' }, { a: [1, 2] }, { a: [2, 1] }, { a: null }, {}].map(
      canonicalDigest,
    );
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('keeps numbers that a double does not hold', () => {
    expect(canonicalJson(parseExactJson('{"id":12345678901234567891}'))).toBe(
      '{"id":12345678901234567891}',
    );
  });

  it('keeps a member with the name of the prototype', () => {
    expect(canonicalJson(JSON.parse('{"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1}}');
  });
});
