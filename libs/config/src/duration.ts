import type { VariableKind } from './variable-kind.js';
import { parsedVariable, type Variable } from './variables.js';

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** A count and a unit, as a letter or a word. `M` alone is not taken: it could be meant for months. */
const SYNTAX =
  /^(\d{1,10}) *(s|S|[Ss]ecs?|[Ss]econds?|m|[Mm]ins?|[Mm]inutes?|h|H|[Hh]ours?|d|D|[Dd]ays?|w|W|[Ww]eeks?)$/;

/** Reads `30d`, `30 days` or `2592000s` as milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const [, count, unit] = SYNTAX.exec(text) ?? [];
  if (!count || !unit) return undefined;
  return Number(count) * UNITS[unit[0]!.toLowerCase() as keyof typeof UNITS];
}

/** The milliseconds of a text that has been checked. @throws Error if it has not */
export function durationOf(text: string): number {
  const duration = parseDuration(text);
  if (duration === undefined) throw new Error('not a duration');
  return duration;
}

/** The shortest and the longest one, written as the value is. */
interface DurationBounds {
  readonly min: string;
  readonly max: string;
}

/** A variable such as `SESSION_IDLE=30d`, within bounds: its text, which `durationOf` reads. */
export function durationVariable(byDefault: string, bounds: DurationBounds): Variable {
  const read = readerWithin(bounds, byDefault);
  return parsedVariable((text) => {
    read(text);
    return text;
  })
    .default(byDefault)
    .meta(kindOfBounds(bounds));
}

/** The same for one that may be unset: milliseconds, or undefined. @param example for who has set it to something else */
export function optionalDurationVariable(example: string, bounds: DurationBounds): Variable {
  return parsedVariable(readerWithin(bounds, example)).optional().meta(kindOfBounds(bounds));
}

function readerWithin({ min, max }: DurationBounds, example: string): (text: string) => number {
  const [least, most] = [durationOf(min), durationOf(max)];
  return (text) => {
    const duration = parseDuration(text) ?? Number.NaN;
    if (duration >= least && duration <= most) return duration;
    throw new Error(
      `must be a duration from ${min} to ${max}: a number and s, m, h, d or w, such as ${example}`,
    );
  };
}

function kindOfBounds({ min, max }: DurationBounds) {
  return { range: `${min} to ${max}` } satisfies VariableKind;
}
