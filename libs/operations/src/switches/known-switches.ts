import { type ServicePart, SwitchBoard } from '@app/switches';
import { Injectable } from '@nestjs/common';

interface KnownSwitch {
  readonly part: ServicePart;
  readonly end: number;
}

/**
 * The rows in force that this process knows, its own and those that it has read. The board is told of a part by all rows
 * of that part: another instance may remove the row that this one has made, before this one has read it.
 */
@Injectable()
export class KnownSwitches {
  private readonly known = new Map<string, KnownSwitch>();
  /** What has changed since the board was told: one row may follow on another, and what is off must not be on in between. */
  private changed: ServicePart[] = [];

  constructor(private readonly board: SwitchBoard) {}

  get size(): number {
    return this.known.size;
  }

  ids(): Iterable<string> {
    return this.known.keys();
  }

  /** @param end when the part comes on by itself; `Infinity` for never. Milliseconds of `Date.now` */
  keep(id: string, { scope, target }: ServicePart, end: number): void {
    if (this.known.has(id)) return;
    const part = { scope, target };
    this.known.set(id, { part, end });
    this.changed.push(part);
  }

  forget(id: string): void {
    const one = this.known.get(id);
    if (!one) return;
    this.known.delete(id);
    this.changed.push(one.part);
  }

  tellBoard(): void {
    if (this.changed.length === 0) return;
    const ends = this.latestEnds();
    for (const part of this.changed) {
      const end = ends.get(keyOf(part)) ?? 0;
      if (end > Date.now()) this.board.switchOff(part, end);
      else this.board.switchOn(part);
    }
    this.changed = [];
  }

  /** A part is off as long as any of its rows says so. Once for all that changed: after a mass block both are many. */
  private latestEnds(): ReadonlyMap<string, number> {
    const ends = new Map<string, number>();
    for (const { part, end } of this.known.values()) {
      const key = keyOf(part);
      ends.set(key, Math.max(ends.get(key) ?? 0, end));
    }
    return ends;
  }
}

function keyOf({ scope, target = '' }: ServicePart): string {
  return `${scope} ${target}`;
}
