import { Injectable } from '@nestjs/common';
import type { LimitName } from '../security.config.js';

/** How far from what is configured a limit may be set, down and up: so far that none is off, or locks all out. */
const MOST_TIMES = 10;

/** What an operator has set a limit to. */
export interface ChangedLimit {
  readonly hits: number;
  /** On the clock of `Date.now`; `Infinity` until it is reset. Milliseconds. */
  readonly end: number;
}

/** How far a limit can be changed. */
export function boundsOf(configured: number): { readonly least: number; readonly most: number } {
  return { least: Math.ceil(configured / MOST_TIMES), most: configured * MOST_TIMES };
}

/** The nearest that the configuration lets an operator set. */
export function inBounds(hits: number, configured: number): number {
  const { least, most } = boundsOf(configured);
  return Math.min(Math.max(hits, least), most);
}

/**
 * What operators have set the limits to while the service runs: how many calls a window lets through. A window keeps
 * its length, as what has been counted is counted by it.
 */
@Injectable()
export class LimitsInForce {
  private changed: ReadonlyMap<string, ChangedLimit> = new Map();

  /** Replaces all changes at once. */
  set(changed: ReadonlyMap<string, ChangedLimit>): void {
    this.changed = changed;
  }

  /**
   * A change ends on time although the database is away, and keeps to the bounds of a configuration that came after it.
   *
   * @param configured what counts without a change
   */
  hitsOf(name: LimitName, configured: number): number {
    const change = this.changed.get(name);
    if (!change || change.end <= Date.now()) return configured;
    return inBounds(change.hits, configured);
  }
}
