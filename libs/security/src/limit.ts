import { parsedVariable, parseDuration, type Variable } from '@app/config';

/** At most `hits` within any `window` milliseconds, wherever on the clock they begin. */
export interface Limit {
  readonly hits: number;
  readonly window: number;
}

/** Longest window: what is counted longer than a year is no limit of calls. */
const LONGEST_WINDOW_MS = 366 * 86_400_000;

/** Reads `100/15m`: a hundred in fifteen minutes. @throws Error if it is not a limit */
export function limitOf(text: string): Limit {
  const limit = parseLimit(text);
  if (!limit) throw new Error('not a limit');
  return limit;
}

/** A variable such as `LIMIT_CHAT=60/1m`. */
export function limitVariable(byDefault: string): Variable {
  return parsedVariable((text) => {
    if (parseLimit(text)) return text;
    throw new Error(
      'must be a limit such as 100/15m: a number from 1, a slash, and a time in s, m, h, d or w',
    );
  })
    .default(byDefault)
    .meta({ range: 'count/window' });
}

/** `100/15m`, `100/15min`, `100 / 15 minutes`, and `100/m` for one minute. */
function parseLimit(text: string): Limit | undefined {
  const [, count = '', time = ''] = /^(\d{1,9}) *\/ *(\S.*)$/.exec(text) ?? [];
  const window = parseDuration(/^\d/.test(time) ? time : `1${time}`) ?? 0;
  const hits = Number(count);
  return hits > 0 && window > 0 && window <= LONGEST_WINDOW_MS ? { hits, window } : undefined;
}
