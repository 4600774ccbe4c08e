import { posix } from 'node:path';
import { type Arrow, type Graph, graphOf } from './graph.ts';
import { roomOf } from './boundaries.ts';
import type { Import } from './imports.ts';

/**
 * What composes a folder stands above it: nothing in the folder imports its module or its index. The files of an app that
 * stand in no folder compose all of it.
 */
const COMPOSITION = /(^|\/)(index|[^/]*\.module)\.ts$|^apps\/[^/]+\/src\/[^/]+$/;

/** Folders that reach each other, and the imports that close the circle. */
export interface Cycle {
  readonly folders: readonly string[];
  readonly imports: readonly Import[];
}

/** The rooms, with one arrow where a file of one imports a file of another. */
export function roomGraph(imports: readonly Import[]): Graph {
  const arrows = imports.map(({ from, to }) => ({ from: roomOf(from)!, to: roomOf(to)! }));
  return graphOf(
    nodesOf(imports, (file) => roomOf(file)!),
    arrows,
  );
}

/** The folders of a room, each with the files that stand in it; `src` has those that stand in none. */
export function folderGraph(room: string, imports: readonly Import[]): Graph {
  const own = imports.filter(({ from }) => roomOf(from) === room);
  const inside = own.filter(({ to }) => roomOf(to) === room);
  const folder = (file: string) => folderOf(`${room}/src`, file);
  const arrows = inside.map(({ from, to }) => ({ from: folder(from), to: folder(to) }));
  return graphOf(nodesOf(inside, folder), arrows);
}

/**
 * Folders that import each other, directly or by way of others. Siblings are compared with all that they hold: an import
 * of `b/y` by `a/x` is one of `b` by `a`.
 */
export function cyclesOf(imports: readonly Import[]): Cycle[] {
  const levels = Map.groupBy(imports, ({ from, to }) => commonFolder(from, to));
  return [...levels].flatMap(([level, inside]) => cyclesIn(level, inside));
}

function cyclesIn(level: string, imports: readonly Import[]): Cycle[] {
  const part = (file: string) => {
    const path = posix.relative(level, file);
    return path.includes('/') ? path.split('/')[0]! : folderOf(level, file);
  };
  const arrowOf = ({ from, to }: Import): Arrow => ({ from: part(from), to: part(to) });
  const { cycles, backUp } = graphOf(nodesOf(imports, part), imports.map(arrowOf));
  return cycles.map((cycle) => ({
    folders: cycle.map((it) => posix.join(level, it)).toSorted(),
    imports: imports.filter((it) => {
      const { from, to } = arrowOf(it);
      return cycle.includes(from) && backUp.some((up) => up.from === from && up.to === to);
    }),
  }));
}

function folderOf(level: string, file: string): string {
  const folder = posix.relative(level, posix.dirname(file)) || '.';
  return COMPOSITION.test(file) ? posix.join(folder, '(module)') : folder;
}

function commonFolder(a: string, b: string): string {
  const [one, other] = [posix.dirname(a).split('/'), posix.dirname(b).split('/')];
  const end = one.findIndex((it, index) => it !== other[index]);
  return one.slice(0, end < 0 ? undefined : end).join('/');
}

function nodesOf(imports: readonly Import[], nodeOf: (file: string) => string): string[] {
  return [...new Set(imports.flatMap(({ from, to }) => [nodeOf(from), nodeOf(to)]))];
}
