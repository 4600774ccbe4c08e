import { readFileSync } from 'node:fs';

describe('docs/mcp-conformance.md', () => {
  it('has each case under the name that its test has', () => {
    const document = readFileSync('docs/mcp-conformance.md', 'utf8');
    const spec = readFileSync('libs/mcp/src/connections/known-cases.spec.ts', 'utf8');
    const told = [...document.matchAll(/^\| `((?:stdio|http) \w+)`/gm)].map(([, name]) => name);
    const tested = [...spec.matchAll(/'((?:stdio|http) \w+)'|: (http 421)'/g)].map(
      ([, name, other]) => name ?? other,
    );
    expect(told.length).toBeGreaterThan(40);
    expect(new Set(told)).toEqual(new Set(tested));
    expect(told).toHaveLength(tested.length);
  });
});
