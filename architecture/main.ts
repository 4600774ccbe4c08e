import { ROOMS } from './boundaries.ts';
import { cyclesOf, folderGraph, roomGraph } from './folders.ts';
import { describeCycle, describeGraph, summarize } from './describe.ts';
import { readImports } from './imports.ts';
import { writeGuide } from './guide.ts';

/**
 * Prints which folder imports which, in floors: a folder stands above all that it imports. With `--check` it prints only
 * cycles, and fails if there is one. With `--write` it writes the table of rooms into the guide.
 */
const imports = readImports();
const isCheck = process.argv.includes('--check');

if (process.argv.includes('--write')) await writeGuide();
else {
  if (!isCheck) printGraphs();
  const cycles = cyclesOf(imports);
  for (const cycle of cycles) console.error(describeCycle(cycle));
  if (isCheck && cycles.length > 0) process.exitCode = 1;
}

function printGraphs(): void {
  const graphs = Object.keys(ROOMS).map((room) => [room, folderGraph(room, imports)] as const);
  const all = [['rooms', roomGraph(imports)], ...graphs] as const;
  for (const [name, graph] of all) console.log(describeGraph(name, graph));
  console.log(`${summarize(all)}\n`);
}
