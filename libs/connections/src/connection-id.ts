import { createHash } from 'node:crypto';

/** How the id of a connection looks. */
export const CONNECTION_ID = /^[A-Za-z0-9_-]{22}$/;

/** What a server of a profile is called towards phones: the same for all users, and nothing of where it is. */
export function connectionIdOf(profileId: string, serverName: string): string {
  const name = JSON.stringify([profileId, serverName]);
  return createHash('sha256').update(name).digest('base64url').slice(0, 22);
}
