import type { McpAuthorization } from '@app/mcp';
import type { AuthorizationTerms } from '../oauth/discovery.js';
import { scopesIn } from '../oauth/scope-text.js';
import type { ServerConnection } from '../store/server-connection.entity.js';

/** Without it some authorization servers issue no refresh token (OpenID Connect Core §11). */
const OFFLINE = 'offline_access';

/**
 * What is asked for, separated by spaces: what the profile says, and no more, or what the server says; with what has been
 * allowed before and what was missing then, so that the one is not lost for the other.
 */
export function wantedScope(
  { scopes }: McpAuthorization,
  { scope, metadata }: AuthorizationTerms,
  known: Pick<ServerConnection, 'state' | 'scope' | 'missingScope'> | undefined,
): string | undefined {
  const wanted = new Set(scopes ?? scopesIn(scope));
  if (known?.state === 'needs_more' && !scopes) {
    for (const one of [...scopesIn(known.scope), ...scopesIn(known.missingScope)]) wanted.add(one);
  }
  if (metadata.scopes_supported?.includes(OFFLINE)) wanted.add(OFFLINE);
  return wanted.size > 0 ? [...wanted].join(' ') : undefined;
}
