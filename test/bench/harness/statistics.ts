import type { Unit } from './row.ts';

/** The value below which this share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The median, and between which two values the middle half lies. */
export function withSpread(values: readonly number[], unit: Unit): string {
  const [low, high] = [quantile(values, 0.25), quantile(values, 0.75)];
  return `${unit(median(values))} (${unit(low)} to ${unit(high)})`;
}
