import { authorizedTarget } from '../targets/authorized-target.js';
import type { McpTarget } from '../targets/mcp-target.js';
import type { ResolvedTarget } from '../targets/resolve-target.js';
import type { ServerCredentials } from '../targets/server-credentials.js';
import { McpError } from '../mcp.error.js';
import { untilAborted } from './until-aborted.js';

/** Whether a server asks its users for nothing. */
export function isOpen({ server }: McpTarget): boolean {
  return server.transport !== 'http' || !server.authorization;
}

/**
 * The target with what its user has allowed at the server.
 *
 * @throws McpError `mcp_authorization_required`
 */
export async function authorized(
  resolved: ResolvedTarget,
  target: McpTarget,
  credentials: ServerCredentials,
  { signal }: { signal: AbortSignal },
): Promise<ResolvedTarget> {
  try {
    return authorizedTarget(resolved, await untilAborted(credentials.find(target), signal));
  } catch (error) {
    throw McpError.from(error);
  }
}

/** A connection that is refused for want of a token can be opened as soon as the person has connected the server. */
export function wantsAuthorization(error: unknown): boolean {
  return error instanceof McpError && error.code === 'mcp_authorization_required';
}
