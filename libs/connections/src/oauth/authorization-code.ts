import type { OAuthMetadata } from '@modelcontextprotocol/client';
import type { Grant, IssuedTokens, KeptMetadata, OAuthClient } from './grant.js';
import { asOAuthFailure } from './oauth-failure.js';
import { type OAuthFetch, within } from './oauth-fetch.js';
import { issuedTokens, leniently } from './token-answer.js';

/** How long a token endpoint may take, redirects within its origin included: shorter than a lease. Milliseconds. */
const TOKENS_WITHIN_MS = 10_000;

/** What is known of an authorization from its beginning until its code is redeemed. */
export interface PendingAuthorization {
  readonly metadata: KeptMetadata;
  readonly client: OAuthClient;
  readonly resource: string;
  readonly scope: string | undefined;
  readonly redirectUri: string;
  readonly codeVerifier: string;
}

/** Where the person is sent to, with a PKCE challenge (S256) and the resource that the token is for. */
export async function beginAuthorization(
  pending: Omit<PendingAuthorization, 'codeVerifier'>,
  state: string,
): Promise<{ url: string; codeVerifier: string }> {
  const { startAuthorization } = await import('@modelcontextprotocol/client');
  const { metadata, client, redirectUri, scope, resource } = pending;
  const { authorizationUrl, codeVerifier } = await startAuthorization(metadata.issuer, {
    metadata: metadata as OAuthMetadata,
    clientInformation: client,
    redirectUrl: redirectUri,
    ...(scope !== undefined && { scope }),
    state,
    resource,
  });
  return { url: authorizationUrl.href, codeVerifier };
}

/**
 * Whether an answer is from the authorization server that was asked (RFC 9207).
 *
 * @throws Error if it is not
 */
export async function assertIssuer(
  { issuer, authorization_response_iss_parameter_supported: isSent }: KeptMetadata,
  iss: string | undefined,
): Promise<void> {
  const { validateAuthorizationResponseIssuer } = await import('@modelcontextprotocol/client');
  const issParameterSupported = isSent === true;
  validateAuthorizationResponseIssuer({ iss, expectedIssuer: issuer, issParameterSupported });
}

/** @throws OAuthFailure */
export async function redeemCode(
  { metadata, client, resource, redirectUri, codeVerifier }: PendingAuthorization,
  { code, iss }: { code: string; iss: string | undefined },
  { fetch }: OAuthFetch,
): Promise<IssuedTokens> {
  const { exchangeAuthorization } = await import('@modelcontextprotocol/client');
  try {
    const tokens = await exchangeAuthorization(metadata.issuer, {
      metadata: metadata as OAuthMetadata,
      clientInformation: client,
      authorizationCode: code,
      ...(iss !== undefined && { iss }),
      codeVerifier,
      redirectUri,
      resource,
      fetchFn: leniently(within(fetch, TOKENS_WITHIN_MS)),
    });
    return issuedTokens(tokens);
  } catch (error) {
    throw asOAuthFailure(error);
  }
}

/** @throws OAuthFailure */
export async function refreshGrant(
  { metadata, client, resource }: Grant,
  refreshToken: string,
  { fetch }: OAuthFetch,
): Promise<IssuedTokens> {
  const { refreshAuthorization } = await import('@modelcontextprotocol/client');
  try {
    const tokens = await refreshAuthorization(metadata.issuer, {
      metadata: metadata as OAuthMetadata,
      clientInformation: client,
      refreshToken,
      resource,
      fetchFn: leniently(within(fetch, TOKENS_WITHIN_MS)),
    });
    return issuedTokens(tokens);
  } catch (error) {
    throw asOAuthFailure(error);
  }
}
