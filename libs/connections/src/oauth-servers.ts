import type { McpAuthorization } from '@app/mcp';

/** A server of an active assistant that each user has to connect. */
export interface OAuthServer {
  readonly profileId: string;
  readonly serverName: string;
  readonly url: string;
  /** What people know it by. */
  readonly title: string;
  readonly authorization: McpAuthorization;
  /** Where it may be though that is not of the public Internet, and its authorization server as well. */
  readonly allowPrivateAddresses: readonly string[] | undefined;
}

/** Which servers there are to connect. The composing app provides it to `ConnectionsModule.forRoot`. */
export interface OAuthServers {
  /** As of now: assistants change while the process runs. */
  list(): readonly OAuthServer[];
}
export const OAuthServers = Symbol('OAuthServers');
