import { mostRuns, type Profile } from '../profiles/profile.js';

/**
 * The places of an account with an assistant. A run has one as long as it goes on, and no two have the same: so the
 * database bounds their number by itself, and a run that ends, however it ends, leaves nothing to be counted back.
 */
export function runPlaces(accountId: string, profile: Profile): string[] {
  const length = mostRuns(profile);
  return Array.from({ length }, (_, place) => `${accountId}/${profile.id}/${place}`);
}

/** One of them at random: two messages that come at once seldom want the same. */
export function anyOf(places: readonly string[]): string {
  return places[Math.floor(Math.random() * places.length)]!;
}
