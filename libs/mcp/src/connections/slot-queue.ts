/** What waits for a slot. */
interface Waiting {
  readonly owner: string;
  readonly isProcess: boolean;
  /** Not of one user: it comes before all that are. There are as many as profiles have servers. */
  readonly isShared: boolean;
}

/** A queue whose owners take turns, each with one of those that wait for it. */
export class SlotQueue<T extends Waiting> {
  /** By owner and kind, in the order of their turns. */
  private readonly lines = new Map<string, T[]>();
  private readonly counts = new Map<string, number>();
  private processes = 0;
  size = 0;

  add(entry: T): void {
    const key = keyOf(entry);
    const line = this.lines.get(key);
    if (line) line.push(entry);
    else this.lines.set(key, [entry]);
    this.count(entry, 1);
  }

  ofOwner(owner: string): number {
    return this.counts.get(owner) ?? 0;
  }

  /** How many owners take turns. */
  get owners(): number {
    return this.counts.size;
  }

  ofKind(isProcess: boolean): number {
    return isProcess ? this.processes : this.size - this.processes;
  }

  /** The first of each owner and kind, as their turns come. */
  inTurn(): T[] {
    const first = [...this.lines.values()].map((line) => line[0]!);
    return [...first.filter(({ isShared }) => isShared), ...first.filter((one) => !one.isShared)];
  }

  /** Its owner's next turn comes after those of all others. */
  served(entry: T): void {
    const key = keyOf(entry);
    const line = this.lines.get(key);
    if (!line || !this.remove(entry) || line.length === 0) return;
    this.lines.delete(key);
    this.lines.set(key, line);
  }

  /** Whether it was in the queue. */
  remove(entry: T): boolean {
    const key = keyOf(entry);
    const line = this.lines.get(key);
    const index = line?.indexOf(entry) ?? -1;
    if (!line || index < 0) return false;
    line.splice(index, 1);
    if (line.length === 0) this.lines.delete(key);
    this.count(entry, -1);
    return true;
  }

  private count({ owner, isProcess }: T, change: number): void {
    this.size += change;
    if (isProcess) this.processes += change;
    const count = this.ofOwner(owner) + change;
    if (count === 0) this.counts.delete(owner);
    else this.counts.set(owner, count);
  }
}

function keyOf({ owner, isProcess }: Waiting): string {
  return `${isProcess ? 'process' : 'other'} ${owner}`;
}
