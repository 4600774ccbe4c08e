import type Joi from 'joi';
import type { VariableKind } from './variable-kind.js';
import { parsedVariable } from './variables.js';

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

/** A variable such as `SESSION_IDLE=30d`, within bounds that are written the same way. */
export function durationVariable(
  byDefault: string,
  { min, max }: { min: string; max: string },
): Joi.Schema {
  const [least, most] = [durationOf(min), durationOf(max)];
  return parsedVariable((text) => {
    const duration = parseDuration(text);
    if (duration !== undefined && duration >= least && duration <= most) return text;
    throw new Error(
      `must be a duration from ${min} to ${max}: a number and s, m, h, d or w, such as ${byDefault}`,
    );
  })
    .default(byDefault)
    .meta({ range: `${min} to ${max}` } satisfies VariableKind);
}
