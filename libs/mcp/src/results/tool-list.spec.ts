import { ToolList } from './tool-list.js';

describe('ToolList', () => {
  const nested = (depth: number, member: string) =>
    JSON.parse(`${`{"${member}":`.repeat(depth)}{}${'}'.repeat(depth)}`) as object;
  const good = { name: 'good', inputSchema: { type: 'object' } };

  it.each([
    [
      'an input schema',
      (depth: number) => ({ inputSchema: { type: 'object', ...nested(depth, 'not') } }),
    ],
    [
      'arguments',
      (depth: number) => ({
        inputSchema: { type: 'object', properties: { a: nested(depth, 'items') } },
      }),
    ],
    ['an output schema', (depth: number) => ({ ...good, outputSchema: nested(depth, 'not') })],
    ['annotations', (depth: number) => ({ ...good, annotations: nested(depth, 'title') })],
    ['metadata', (depth: number) => ({ ...good, _meta: nested(depth, 'a') })],
  ])('loses no other tool by one with %s of any depth', (_case, deep) => {
    for (const mirrorsArguments of [true, false]) {
      for (const depth of [300, 1000, 3000, 5000, 10_000, 50_000]) {
        const list = new ToolList(mirrorsArguments);
        list.add({ ...deep(depth), name: 'deep' });
        list.add(good);
        expect(list.entries.map(({ name }) => name)).toContain('good');
      }
    }
  });

  it('takes schemas that are nested as far as any that are in use', () => {
    const list = new ToolList(true);
    list.add({ name: 'deep', inputSchema: { type: 'object', ...nested(100, 'not') } });
    expect(list.faults).toEqual([]);
    expect(list.entries).toHaveLength(1);
  });
});
