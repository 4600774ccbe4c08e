import pino from 'pino';
import type { LogModule } from './log-modules.js';

/** What a module can be set to. An error is written in any case. */
export const MODULE_LEVELS = ['error', 'warn', 'info', 'debug', 'trace'] as const;
export type ModuleLevel = (typeof MODULE_LEVELS)[number];

/** What an operator has set the level of a module to. */
export interface ChangedLevel {
  readonly level: ModuleLevel;
  /** On the clock of `Date.now`. Milliseconds. */
  readonly end: number;
}

/** More than any line has: the weight of `silent`. */
const SILENT = Number.POSITIVE_INFINITY;

/** How severe lines of a level are, as the logger counts it. */
function weightOf(level: string): number {
  return pino.levels.values[level] ?? SILENT;
}

/**
 * Which lines are written: from the configured level on, and of a module whose level an operator has changed from that
 * one on. The logger itself is set to the least severe of them, so that a line below all costs what it costs without.
 */
export class LogLevels {
  private changed: ReadonlyMap<string, ChangedLevel> = new Map();
  private configuredLevel = 'silent';
  private leastWeight = SILENT;
  private log: Pick<pino.Logger, 'level'> | undefined;

  /** The level of modules that are not changed. */
  get configured(): string {
    return this.configuredLevel;
  }

  /**
   * Sets the level of this logger from now on; its level is the configured one.
   *
   * @param least the least severe level that it writes where nothing is changed, if this process writes fewer lines
   */
  follow(log: Pick<pino.Logger, 'level'>, least: string = log.level): void {
    this.log = log;
    this.configuredLevel = log.level;
    this.leastWeight = weightOf(least);
  }

  /** Replaces all changes at once. */
  set(changed: ReadonlyMap<LogModule, ChangedLevel>): void {
    this.changed = changed;
    const levels = [this.configured, ...[...changed.values()].map(({ level }) => level)];
    const least = levels.toSorted((one, other) => weightOf(one) - weightOf(other))[0]!;
    if (this.log && this.log.level !== least) this.log.level = least;
  }

  /** A change ends on time although the database is away. */
  writes(module: unknown, weight: number): boolean {
    const change = this.changed.size === 0 ? undefined : this.changed.get(module as string);
    if (!change || change.end <= Date.now()) return weight >= this.leastWeight;
    return weight >= weightOf(change.level);
  }
}
