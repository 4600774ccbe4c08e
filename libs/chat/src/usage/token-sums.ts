import type { TokenUsage } from './token-usage.entity.js';

/** Billionths of a currency, in which costs are counted. */
export const NANOS = 1e9;

/** In and out. */
export function sumOfTokens(rows: readonly TokenUsage[]): number {
  return rows.reduce((sum, { inputTokens, outputTokens }) => sum + inputTokens + outputTokens, 0);
}

/** Midnight at the end of the day, UTC. */
export function nextDay(moment: Date): Date {
  return new Date(Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth(), moment.getUTCDate() + 1));
}
