import { challengeParameters } from '@app/mcp';
import type { AuthorizationServerMetadata, FetchLike } from '@modelcontextprotocol/client';
import { type OAuthFetch, within } from './oauth-fetch.js';
import { OAuthFailure } from './oauth-failure.js';
import { boundedScope } from './scope-text.js';

/** What is asked of a server to see which token it wants: it makes no work. */
const PING = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });

/** Most scopes that are taken over from a document. */
const MAX_SCOPES = 50;

/** How long it may take to find out all of it. Milliseconds. */
const DISCOVERY_WITHIN_MS = 20_000;

/** How one MCP server wants to be authorized. */
export interface AuthorizationTerms {
  /** What the token is for (RFC 8707), as the server calls itself. */
  readonly resource: string;
  /** The authorization server, checked to be the one that its metadata name. */
  readonly issuer: string;
  readonly metadata: AuthorizationServerMetadata;
  /** What the server asks for, separated by spaces. */
  readonly scope: string | undefined;
}

/**
 * Finds out how a server wants to be authorized: by its challenge and its metadata (RFC 9728), then by the metadata of
 * its authorization server (RFC 8414, OpenID Connect Discovery). A server without metadata of its own is taken for one of
 * 2025-03-26, whose authorization server has the same origin.
 *
 * @throws OAuthFailure @throws Error
 */
export async function discoverTerms(
  serverUrl: string,
  oauth: OAuthFetch,
): Promise<AuthorizationTerms> {
  const sdk = await import('@modelcontextprotocol/client');
  const fetch = within(oauth.fetch, DISCOVERY_WITHIN_MS);
  const challenge = await challengeOfServer(serverUrl, oauth);
  const own = await resourceMetadata(serverUrl, challenge.resource_metadata, fetch);
  if (own && !isOf(own.resource, serverUrl, sdk.checkResourceAllowed)) {
    throw new OAuthFailure('The metadata of the server are those of another resource.');
  }
  const issuer = own?.authorization_servers?.[0] ?? new URL('/', serverUrl).href;
  const metadata = await sdk.discoverAuthorizationServerMetadata(issuer, { fetchFn: fetch });
  if (!metadata) throw new OAuthFailure('The authorization server has no metadata.');
  if (!metadata.code_challenge_methods_supported?.includes('S256')) {
    throw new OAuthFailure('The authorization server does not say that it supports PKCE (S256).');
  }
  oauth.assertAllowed(metadata.authorization_endpoint);
  oauth.assertAllowed(metadata.token_endpoint);
  return {
    resource: own?.resource ?? serverUrl,
    issuer: metadata.issuer,
    metadata,
    scope: boundedScope(challenge.scope ?? own?.scopes_supported?.slice(0, MAX_SCOPES).join(' ')),
  };
}

/** Whether a token for `resource` is one for the server at `url`, and for no other origin. */
export function isOf(
  resource: string,
  url: string,
  check: (of: { requestedResource: string; configuredResource: string }) => boolean,
): boolean {
  return URL.canParse(resource) && check({ requestedResource: url, configuredResource: resource });
}

async function challengeOfServer(
  serverUrl: string,
  oauth: OAuthFetch,
): Promise<Readonly<Record<string, string>>> {
  const response = await oauth.headersOf(serverUrl, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: PING,
  });
  return response.status === 401 ? challengeParameters(response.headers) : {};
}

/** Undefined for a server that has none. One that names an address of them must have them there. */
async function resourceMetadata(serverUrl: string, address: string | undefined, fetch: FetchLike) {
  const { discoverOAuthProtectedResourceMetadata } = await import('@modelcontextprotocol/client');
  let status = 0;
  const noting: FetchLike = async (url, init) => {
    const response = await fetch(url, init);
    ({ status } = response);
    return response;
  };
  const options = address === undefined ? {} : { resourceMetadataUrl: address };
  try {
    return await discoverOAuthProtectedResourceMetadata(serverUrl, options, noting);
  } catch (error) {
    if (address === undefined && status >= 400 && status < 500) return undefined;
    throw error;
  }
}
