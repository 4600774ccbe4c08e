/** `from` imports `to`. */
export interface Arrow {
  readonly from: string;
  readonly to: string;
}

export interface Graph {
  /** From the highest floor to the lowest, which imports nothing. */
  readonly floors: readonly (readonly string[])[];
  readonly arrows: readonly Arrow[];
  /** Arrows from a lower floor to a higher one: without them the graph would have no cycle. */
  readonly backUp: readonly Arrow[];
  /** Nodes that reach each other. */
  readonly cycles: readonly (readonly string[])[];
}

/** Lays the nodes out in floors, so that as few arrows as possible run back up. */
export function graphOf(nodes: readonly string[], imports: readonly Arrow[]): Graph {
  const targets = new Map(nodes.map((node) => [node, new Set<string>()]));
  for (const { from, to } of imports) if (from !== to) targets.get(from)!.add(to);
  const arrows = [...targets].flatMap(([from, set]) => [...set].map((to) => ({ from, to })));

  const cycles = componentsOf(targets).filter((component) => component.length > 1);
  const placeOf = new Map<string, number>();
  for (const cycle of cycles)
    inOrder(cycle, targets).forEach((it, place) => placeOf.set(it, place));
  const cycleOf = new Map(cycles.flatMap((cycle) => cycle.map((node) => [node, cycle] as const)));
  const runsBackUp = ({ from, to }: Arrow) =>
    cycleOf.has(from) &&
    cycleOf.get(from) === cycleOf.get(to) &&
    placeOf.get(from)! > placeOf.get(to)!;

  const backUp = arrows.filter(runsBackUp);
  const floors = floorsOf(
    nodes,
    arrows.filter((arrow) => !runsBackUp(arrow)),
  );
  return { floors, arrows, backUp, cycles };
}

/** Tarjan's strongly connected components. */
function componentsOf(targets: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const components: string[][] = [];
  const indexOf = new Map<string, number>();
  const lowOf = new Map<string, number>();
  const stack: string[] = [];
  const visit = (node: string) => {
    indexOf.set(node, indexOf.size);
    lowOf.set(node, indexOf.get(node)!);
    stack.push(node);
    for (const target of targets.get(node)!) {
      if (!indexOf.has(target)) visit(target);
      if (stack.includes(target)) {
        lowOf.set(node, Math.min(lowOf.get(node)!, lowOf.get(target)!));
      }
    }
    if (lowOf.get(node) === indexOf.get(node)) components.push(stack.splice(stack.indexOf(node)));
  };
  for (const node of targets.keys()) if (!indexOf.has(node)) visit(node);
  return components;
}

/** The nodes of a cycle from the top: in each turn the one that imports more of the rest than imports it. */
function inOrder(
  cycle: readonly string[],
  targets: ReadonlyMap<string, ReadonlySet<string>>,
): string[] {
  const rest = new Set(cycle);
  const surplus = (node: string) => {
    const others = [...rest].filter((it) => it !== node);
    const out = others.filter((it) => targets.get(node)!.has(it)).length;
    return out - others.filter((it) => targets.get(it)!.has(node)).length;
  };
  const ordered: string[] = [];
  while (rest.size > 0) {
    const next = [...rest].toSorted((a, b) => surplus(b) - surplus(a) || a.localeCompare(b))[0]!;
    ordered.push(next);
    rest.delete(next);
  }
  return ordered;
}

function floorsOf(nodes: readonly string[], arrows: readonly Arrow[]): string[][] {
  const heights = new Map<string, number>();
  const heightOf = (node: string): number => {
    if (!heights.has(node)) {
      const below = arrows.filter(({ from }) => from === node).map(({ to }) => heightOf(to));
      heights.set(node, Math.max(-1, ...below) + 1);
    }
    return heights.get(node)!;
  };
  const floors = Map.groupBy(nodes, heightOf);
  return [...floors.entries()].toSorted(([a], [b]) => b - a).map(([, floor]) => floor.toSorted());
}
