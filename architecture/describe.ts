import type { Cycle } from './folders.ts';
import type { Graph } from './graph.ts';

/** The floors from the top, each folder with those that it imports; `↑` marks one that stands no lower. */
export function describeGraph(name: string, { floors, arrows, backUp }: Graph): string {
  const lines = floors.flatMap((floor, index) =>
    floor.map((folder) => {
      const targets = arrows.filter(({ from }) => from === folder);
      const names = targets.map((it) => (backUp.includes(it) ? `↑ ${it.to}` : it.to));
      const arrow = names.length > 0 ? ` → ${names.toSorted().join(', ')}` : '';
      return `  ${String(floors.length - index).padStart(2)}  ${folder}${arrow}`;
    }),
  );
  return `${name}\n${lines.join('\n')}\n`;
}

/** One line for each graph. */
export function summarize(graphs: readonly (readonly [string, Graph])[]): string {
  const rows = graphs.map(([name, { floors, arrows, backUp, cycles }]) => [
    floors.flat().length,
    floors.length,
    arrows.length,
    backUp.length,
    cycles.flat().length,
    name,
  ]);
  const table = [['nodes', 'floors', 'arrows', 'back up', 'in cycles', ''], ...rows];
  return table
    .map((row) =>
      row.map((cell, at) => (at < 5 ? String(cell).padStart(10) : `  ${cell}`)).join(''),
    )
    .join('\n');
}

/** The folders, and the imports without which they would not reach each other. */
export function describeCycle({ folders, imports }: Cycle): string {
  const lines = imports.map(({ from, to }) => `  ${from} imports ${to}`);
  return [`These folders import each other: ${folders.join(', ')}`, ...lines].join('\n');
}
