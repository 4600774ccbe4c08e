import type { McpServerSpec, McpTarget } from '@app/mcp';
import type { Profile } from './profile.js';

/** A start goes on when the message that asked for it has run out of time: the next one finds the server ready. */
const SHORTEST_START_SECONDS = 20;

/** A server of a profile, on behalf of a user. */
export function targetOf(profile: Profile, server: McpServerSpec, accountId: string): McpTarget {
  return {
    profileId: profile.id,
    server,
    isolation: profile.isolation,
    accountId,
    allowsSampling: profile.sampling !== undefined,
    startSeconds: Math.max(profile.limits.seconds, SHORTEST_START_SECONDS),
  };
}
