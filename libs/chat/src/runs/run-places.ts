import type { Profile } from '../profiles/profile.js';

/** How many messages of one person an assistant works on at the same time, unless its profile says otherwise. */
export const DEFAULT_RUNS = 8;

/**
 * The places of an account with an assistant. A run has one as long as it goes on, and no two have the same: so the
 * database bounds their number by itself, and a run that ends, however it ends, leaves nothing to be counted back.
 */
export function runPlaces(accountId: string, { id, limits }: Profile): string[] {
  const count = limits.runs ?? DEFAULT_RUNS;
  return Array.from({ length: count }, (_, place) => `${accountId}/${id}/${place}`);
}

/** One of them at random: two messages that come at once seldom want the same. */
export function anyOf(places: readonly string[]): string {
  return places[Math.floor(Math.random() * places.length)]!;
}
