import { Injectable } from '@nestjs/common';
import type { SwitchScope } from './switch-scope.js';

/** A part of the service that can be switched off. */
export interface ServicePart {
  readonly scope: SwitchScope;
  /** Which one; absent for a scope of which there is one. */
  readonly target?: string | undefined;
}

interface Watcher {
  readonly parts: readonly ServicePart[];
  readonly stop: (off: ServicePart) => void;
}

/** Until when each target is off, on the clock of `Date.now`. Milliseconds. */
type Ends = Map<string, number>;

/**
 * What is off, as this process knows it. A look-up is one or two of maps in memory, and none while nothing is off: it is
 * asked with every call, step and tool.
 */
@Injectable()
export class SwitchBoard {
  private readonly ends = new Map<SwitchScope, Ends>();
  private readonly watchers = new Set<Watcher>();
  private readonly declared = new Map<SwitchScope, ReadonlySet<string>>();

  isOff(scope: SwitchScope, target = ''): boolean {
    if (this.ends.size === 0) return false;
    const end = this.ends.get(scope)?.get(target);
    return end !== undefined && end > Date.now();
  }

  /** Tells all the parts of that scope that there are, in place of those before. */
  declare(scope: SwitchScope, targets: Iterable<string>): void {
    this.declared.set(scope, new Set(targets));
  }

  /** False for a name that no part of its scope has: it was mistyped, and nothing would be off. */
  mayExist({ scope, target = '' }: ServicePart): boolean {
    return this.declared.get(scope)?.has(target) ?? true;
  }

  /** The first of the parts that is off. */
  firstOff(parts: readonly ServicePart[]): ServicePart | undefined {
    if (this.ends.size === 0) return undefined;
    return parts.find(({ scope, target }) => this.isOff(scope, target));
  }

  /**
   * Calls `stop` when one of the parts is switched off from now on, each time.
   *
   * @returns ends the watch, which whatever it is for has to call when it is over
   */
  watch(parts: readonly ServicePart[], stop: (off: ServicePart) => void): () => void {
    const watcher = { parts, stop };
    this.watchers.add(watcher);
    return () => void this.watchers.delete(watcher);
  }

  /** @param end when it comes on by itself, on the clock of `Date.now`; `Infinity` for never. Milliseconds. */
  switchOff({ scope, target = '' }: ServicePart, end: number): void {
    const isNew = !this.isOff(scope, target);
    let ends = this.ends.get(scope);
    if (!ends) this.ends.set(scope, (ends = new Map()));
    ends.set(target, end);
    if (isNew && end > Date.now()) this.stopAll(scope, target);
  }

  switchOn({ scope, target = '' }: ServicePart): void {
    const ends = this.ends.get(scope);
    ends?.delete(target);
    if (ends?.size === 0) this.ends.delete(scope);
  }

  private stopAll(scope: SwitchScope, target: string): void {
    for (const { parts, stop } of this.watchers) {
      const off = parts.find((part) => part.scope === scope && (part.target ?? '') === target);
      if (off) stop(off);
    }
  }
}
