import type { AuthorizationServerMetadata, OAuthMetadata } from '@modelcontextprotocol/client';

/** How this gateway is known to an authorization server. */
export interface OAuthClient {
  readonly client_id: string;
  readonly client_secret?: string;
  readonly token_endpoint_auth_method?: string;
}

/** The metadata of an authorization server that are needed after discovery. */
export type KeptMetadata = Pick<
  OAuthMetadata,
  | 'issuer'
  | 'authorization_endpoint'
  | 'token_endpoint'
  | 'revocation_endpoint'
  | 'response_types_supported'
  | 'token_endpoint_auth_methods_supported'
  | 'revocation_endpoint_auth_methods_supported'
  | 'code_challenge_methods_supported'
  | 'authorization_response_iss_parameter_supported'
>;

/** What a person has allowed at an authorization server, and what is needed to use and to renew it. */
export interface Grant {
  readonly metadata: KeptMetadata;
  readonly client: OAuthClient;
  readonly resource: string;
  readonly accessToken: string;
  readonly refreshToken?: string;
}

/** Tokens as they have just been issued. */
export interface IssuedTokens {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  /** Separated by spaces. Undefined where it is what was asked for. */
  readonly scope: string | undefined;
  /** Undefined where the authorization server does not tell. Milliseconds. */
  readonly lifetimeMs: number | undefined;
}

export function keptMetadata(found: AuthorizationServerMetadata): KeptMetadata {
  // Those of OpenID Connect have all of these as well (RFC 8414 §2).
  const metadata = found as OAuthMetadata;
  return {
    issuer: metadata.issuer,
    authorization_endpoint: metadata.authorization_endpoint,
    token_endpoint: metadata.token_endpoint,
    revocation_endpoint: metadata.revocation_endpoint,
    response_types_supported: metadata.response_types_supported,
    token_endpoint_auth_methods_supported: metadata.token_endpoint_auth_methods_supported,
    revocation_endpoint_auth_methods_supported: metadata.revocation_endpoint_auth_methods_supported,
    code_challenge_methods_supported: metadata.code_challenge_methods_supported,
    authorization_response_iss_parameter_supported:
      metadata.authorization_response_iss_parameter_supported,
  };
}
