import type { ServerConnection } from './server-connection.entity.js';

/** What lines of the log say of a connection. */
export function factsOf({
  accountId,
  profileId,
  serverName: server,
}: Pick<ServerConnection, 'accountId' | 'profileId' | 'serverName'>) {
  return { userId: accountId, profileId, server };
}
