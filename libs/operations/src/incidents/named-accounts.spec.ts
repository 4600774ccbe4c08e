import { idsIn, withCanonicalIds } from './named-accounts.js';

const ID = '0193a1f2-7c1b-7d30-9a44-0e6f4a1b2c3d';

describe('accounts that a text names', () => {
  it('are found in either case, each once, and stored in lower case', () => {
    const text = withCanonicalIds(`See ${ID.toUpperCase()}, (${ID}).`);
    expect(text).toBe(`See ${ID}, (${ID}).`);
    expect([...idsIn([text, 'nothing'])]).toEqual([ID]);
  });

  it('are no other UUIDs, and no parts of something longer', () => {
    const others = ['0193a1f2-7c1b-4d30-9a44-0e6f4a1b2c3d', `${ID}0`, `x${ID}`, ID.slice(1)];
    expect(idsIn(others).size).toBe(0);
  });
});
