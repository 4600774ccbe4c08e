/** How long before its end a token is renewed at most, and which part of its life. Milliseconds. */
const LONGEST_MARGIN_MS = 60_000;
const SHARE_OF_LIFE = 0.25;

/** Bounds of the life of a token, whatever its server says: a renewal with every call, and a date of no calendar. Milliseconds. */
const SHORTEST_LIFE_MS = 1_000;
const LONGEST_LIFE_MS = 365 * 86_400_000;

/**
 * When a token is renewed, and when it ends. Null: where its server does not tell, or tells of no time at all, it is
 * renewed when it is refused.
 */
export function tokenTimes(
  toldMs: number | undefined,
  now = Date.now(),
): { renewAt: Date | null; expiresAt: Date | null } {
  if (toldMs === undefined || !(toldMs > 0)) return { renewAt: null, expiresAt: null };
  const lifetimeMs = Math.min(Math.max(toldMs, SHORTEST_LIFE_MS), LONGEST_LIFE_MS);
  const margin = Math.min(LONGEST_MARGIN_MS, lifetimeMs * SHARE_OF_LIFE);
  return { renewAt: new Date(now + lifetimeMs - margin), expiresAt: new Date(now + lifetimeMs) };
}
