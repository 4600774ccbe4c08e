import { cyclesOf, folderGraph } from './folders.ts';
import { readImports } from './imports.ts';

/** `from` of the library `stock` imports `to`. */
const imports = (...pairs: (readonly [string, string])[]) =>
  pairs.map(([from, to]) => ({ from: `libs/stock/src/${from}`, to: `libs/stock/src/${to}` }));

describe('the folders of a library', () => {
  it('stand in floors above those that they import', () => {
    const graph = folderGraph(
      'libs/stock',
      imports(['a/x.ts', 'b/y.ts'], ['b/y.ts', 'c/z.ts'], ['a/x.ts', 'c/z.ts']),
    );
    expect(graph.floors).toEqual([['a'], ['b'], ['c']]);
    expect(graph.backUp).toEqual([]);
  });

  it.each([
    [
      'directly',
      [
        ['a/x.ts', 'b/y.ts'],
        ['b/z.ts', 'a/w.ts'],
      ],
    ],
    [
      'by way of a third',
      [
        ['a/x.ts', 'b/y.ts'],
        ['b/y.ts', 'c/z.ts'],
        ['c/z.ts', 'a/w.ts'],
      ],
    ],
    [
      'with what their subfolders hold',
      [
        ['a/deep/x.ts', 'b/y.ts'],
        ['b/z.ts', 'a/other/w.ts'],
      ],
    ],
    [
      'by the index of the other',
      [
        ['a/x.ts', 'index.ts'],
        ['index.ts', 'a/x.ts'],
      ],
    ],
  ] as const)('import each other %s: found, with the import that closes the circle', (_, pairs) => {
    const cycles = cyclesOf(imports(...pairs));
    expect(cycles).toHaveLength(1);
    expect(cycles[0]!.imports.length).toBeGreaterThan(0);
  });

  it('may be composed by a module that stands beside what they import', () => {
    const found = cyclesOf(
      imports(
        ['stock.module.ts', 'a/x.ts'],
        ['a/x.ts', 'stock.error.ts'],
        ['index.ts', 'stock.module.ts'],
      ),
    );
    expect(found).toEqual([]);
  });

  it('import each other nowhere in this repository', () => {
    const all = readImports();
    expect(all.length).toBeGreaterThan(1_000);
    expect(cyclesOf(all)).toEqual([]);
  });
});
