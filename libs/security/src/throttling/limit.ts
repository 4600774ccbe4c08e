import Joi from 'joi';

/** At most `hits` within any fixed window of `window` milliseconds. */
export interface Limit {
  readonly hits: number;
  readonly window: number;
}

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SYNTAX = /^([1-9]\d{0,8})\/([1-9]\d{0,4})([smhd])$/;

/** Reads `100/15m`: a hundred in fifteen minutes; s, m, h and d are known. */
export function limitOf(text: string): Limit {
  const [, hits, count, unit] = SYNTAX.exec(text) ?? [];
  if (!hits || !count || !unit) throw new Error('not a limit');
  return { hits: Number(hits), window: Number(count) * UNITS[unit as keyof typeof UNITS] };
}

/** A variable such as `LIMIT_CHAT=60/1m`. */
export function limitVariable(byDefault: string): Joi.StringSchema {
  return Joi.string().pattern(SYNTAX, { name: 'a limit such as 100/15m' }).default(byDefault);
}
