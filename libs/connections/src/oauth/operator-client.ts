import { fillPlaceholders, type McpAuthorization, type McpConfig } from '@app/mcp';
import type { OAuthClient } from './grant.js';

/**
 * The client that the operator has registered for a server, if there is one. It is for the issuer of the profile alone
 * (`isNamedIssuer`).
 *
 * @throws McpError if its secret is not in the environment
 */
export function operatorClient(
  { clientId, clientSecret }: McpAuthorization,
  { dataDir, secrets }: Pick<McpConfig, 'dataDir' | 'secrets'>,
): OAuthClient | undefined {
  if (clientId === undefined) return undefined;
  if (clientSecret === undefined) return { client_id: clientId };
  const scope = { dataDir, secrets, accountId: undefined };
  return { client_id: clientId, client_secret: fillPlaceholders(clientSecret, scope) };
}

/**
 * Whether an authorization server is one that the profile lets its server name. The server chooses it: without a name in
 * the profile, a server could have the secret of the operator's client sent to wherever it likes.
 */
export function isNamedIssuer({ issuer, clientId }: McpAuthorization, found: string): boolean {
  if (issuer === undefined) return clientId === undefined;
  return withoutSlash(issuer) === withoutSlash(found);
}

/** With and without it is the same server; operators copy either. */
function withoutSlash(issuer: string): string {
  return issuer.replace(/\/$/, '');
}
