import type { ModelError } from '../model.error.js';

/** The first delay at most, which doubles with each attempt. Milliseconds. */
const BASE_MS = 250;
const LONGEST_MS = 8_000;

/** What a provider may ask us to wait for, with a person waiting. Milliseconds. */
const LONGEST_RETRY_AFTER_MS = 20_000;

/**
 * How long to wait before an attempt, from 1 on; undefined if trying again is of no use. Between half and all of a
 * delay that doubles, so that those who failed together do not come back together. `Retry-After` is obeyed, or the
 * attempt is not made.
 */
export function retryDelayMs(
  { isPassing, details }: ModelError,
  attempt: number,
  random: () => number = Math.random,
): number | undefined {
  if (!isPassing || details.reason === 'circuit_open') return undefined;
  const { retryAfterMs = 0 } = details;
  if (retryAfterMs > LONGEST_RETRY_AFTER_MS) return undefined;
  const most = Math.min(BASE_MS * 2 ** (attempt - 1), LONGEST_MS);
  return Math.max((most * (1 + random())) / 2, retryAfterMs);
}
