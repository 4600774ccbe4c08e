import type { Grant } from './grant.js';
import { asOAuthFailure } from './oauth-failure.js';
import type { OAuthFetch } from './oauth-fetch.js';

/** How long a revocation may take: what is kept here is gone already. Milliseconds. */
const REVOCATION_TIMEOUT_MS = 5_000;

/** Where a server does not say which methods it knows, this is the one (RFC 8414 §2). */
const DEFAULT_METHODS = ['client_secret_basic'];

/** Why something is not revoked. */
export interface RevocationFailure {
  readonly reason: string;
  /** Another attempt would change nothing. */
  readonly isFinal: boolean;
}

/**
 * Has an authorization server forget what was allowed (RFC 7009). With the refresh token the access tokens go as well.
 *
 * @returns undefined if it is done
 */
export async function revokeGrant(
  grant: Grant,
  oauth: OAuthFetch,
): Promise<RevocationFailure | undefined> {
  const { revocation_endpoint: endpoint } = grant.metadata;
  if (endpoint === undefined) {
    return { reason: 'The authorization server has no revocation.', isFinal: true };
  }
  try {
    const status = await revokeAt(endpoint, grant, oauth);
    return status < 300
      ? undefined
      : { reason: `The authorization server answers ${status}.`, isFinal: false };
  } catch (error) {
    return { reason: asOAuthFailure(error).reason, isFinal: false };
  }
}

/** The HTTP status of the answer. */
async function revokeAt(endpoint: string, grant: Grant, oauth: OAuthFetch): Promise<number> {
  const { refreshToken, accessToken } = grant;
  const body = new URLSearchParams({
    token: refreshToken ?? accessToken,
    token_type_hint: refreshToken ? 'refresh_token' : 'access_token',
  });
  const headers = new Headers({
    'content-type': 'application/x-www-form-urlencoded',
    accept: 'application/json',
  });
  await authenticate(grant, headers, body);
  const signal = AbortSignal.timeout(REVOCATION_TIMEOUT_MS);
  const { status } = await oauth.fetch(endpoint, { method: 'POST', headers, body, signal });
  return status;
}

async function authenticate(
  { client, metadata }: Grant,
  headers: Headers,
  body: URLSearchParams,
): Promise<void> {
  const { selectClientAuthMethod } = await import('@modelcontextprotocol/client');
  const supported =
    metadata.revocation_endpoint_auth_methods_supported ??
    metadata.token_endpoint_auth_methods_supported ??
    DEFAULT_METHODS;
  const { client_id: id, client_secret: secret } = client;
  const method = selectClientAuthMethod(client, supported);
  if (method === 'client_secret_basic' && secret !== undefined) {
    const credentials = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`;
    headers.set('authorization', `Basic ${Buffer.from(credentials).toString('base64')}`);
    return;
  }
  body.set('client_id', id);
  if (method === 'client_secret_post' && secret !== undefined) body.set('client_secret', secret);
}
