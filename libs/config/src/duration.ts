import Joi from 'joi';

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SYNTAX = /^(0|[1-9]\d{0,4})([smhd])$/;

/** Reads `30d` as milliseconds; s, m, h and d are known. */
export function durationOf(text: string): number {
  const [, count, unit] = SYNTAX.exec(text) ?? [];
  if (!count || !unit) throw new Error('not a duration');
  return Number(count) * UNITS[unit as keyof typeof UNITS];
}

/** A variable such as `SESSION_IDLE=30d`, within bounds that are written the same way. */
export function durationVariable(
  byDefault: string,
  { min, max }: { min: string; max: string },
): Joi.StringSchema {
  const [least, most] = [durationOf(min), durationOf(max)];
  return Joi.string()
    .custom((text: string) => {
      const isWithin = SYNTAX.test(text) && durationOf(text) >= least && durationOf(text) <= most;
      if (isWithin) return text;
      throw new Error(`must be a duration from ${min} to ${max}, such as ${byDefault}`);
    }, 'duration')
    .default(byDefault);
}
